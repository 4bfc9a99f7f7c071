//! The program dies at every place where it could: before and after each commit of the checkpoint
//! and each request, all of them, one after the other. After each the next run leaves every message,
//! link and byte once.
//!
//! `cargo test --features fault-points --test it crash`; the ordinary build has no such places.
//!
//! | module        | holds                                                       |
//! |---------------|-------------------------------------------------------------|
//! | `every_place` | a story whose run dies at each place, one after the other   |
//! | `imports`     | stories of imports                                          |
//! | `deletions`   | stories of `undo` and `forget`                              |
//! | `undone`      | random histories, and an undo that dies at any of its places |

#[cfg(feature = "fault-points")]
mod deletions;
#[cfg(feature = "fault-points")]
mod every_place;
#[cfg(feature = "fault-points")]
mod imports;
#[cfg(feature = "fault-points")]
mod undone;

#[cfg(not(feature = "fault-points"))]
mod ordinary {
    use std::fs;

    use crate::kit::world::{IMPORT, KEY};
    use crate::kit::{Running, World, scenes};

    #[test]
    fn default_build_has_no_fault_points() {
        let world = World::new(vec![scenes::ben()]);
        let trace = world.path().join("trace");
        let environment = [
            ("CLOSE_API_KEY", KEY),
            ("CLOSE_BASE_URL", world.server.base_url.as_str()),
            ("CHATFERRY_FAULT_POINT", "1"),
            ("CHATFERRY_FAULT_TRACE", trace.to_str().expect("a path")),
        ];
        Running::start(IMPORT, world.path(), &environment)
            .wait()
            .exits(0);
        assert!(!trace.exists());
        let program = fs::read(env!("CARGO_BIN_EXE_chatferry")).expect("read");
        let name = b"CHATFERRY_FAULT";
        assert!(!program.windows(name.len()).any(|window| window == name));
    }
}
