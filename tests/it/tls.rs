//! Close over TLS: which authorities are trusted, and a machine without a store of certificates.

use crate::kit::terminator::{self, Terminator};
use crate::kit::world::{IMPORT, KEY};
use crate::kit::{Output, Running, World, scenes};

/// An import over TLS with this value of `SSL_CERT_FILE`.
fn import(world: &World, server: &Terminator, authority: Option<&str>) -> Output {
    let mut environment = vec![
        ("CLOSE_API_KEY", KEY),
        ("CLOSE_BASE_URL", server.base_url.as_str()),
    ];
    environment.extend(authority.map(|path| ("SSL_CERT_FILE", path)));
    Running::start(IMPORT, world.path(), &environment).wait()
}

#[test]
fn authority_of_ssl_cert_file_is_trusted() {
    let world = World::new(scenes::rich());
    let server = Terminator::new(&world.server.base_url);
    let authority = terminator::authority();
    import(&world, &server, authority.to_str()).exits(0);
    world.assert_whole("over TLS");
}

#[test]
fn private_authority_that_nothing_names_is_not_trusted() {
    let world = World::new(scenes::rich());
    let server = Terminator::new(&world.server.base_url);
    let output = import(&world, &server, None).exits(4);
    output.says("TLS certificate is not trusted");
    assert_eq!(world.server.writes(), 0);
}

/// The bundled authorities are no substitute for those that a user named.
#[test]
fn missing_ssl_cert_file_is_an_error() {
    let world = World::new(scenes::rich());
    let server = Terminator::new(&world.server.base_url);
    let output = import(&world, &server, Some("/nowhere/authority.pem"));
    output.exits(2).says("SSL_CERT_FILE");
    assert_eq!(world.server.writes(), 0);
}

/// A container image with nothing but the program has no certificates. Not even the sandbox could be reached.
#[cfg(target_os = "linux")]
#[test]
fn demo_runs_without_a_store_of_certificates() {
    let hidden = "for folder in /etc/ssl /etc/pki /usr/share/ca-certificates; do \
                  [ ! -d $folder ] || mount -t tmpfs none $folder || exit 77; done; \
                  [ ! -e /etc/ssl/certs ] || exit 78; exec \"$@\"";
    let unshare = |program: &str, argument: &str| {
        std::process::Command::new("unshare")
            .args(["--map-root-user", "--mount", "sh", "-c", hidden, "sh"])
            .args([program, argument])
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .output()
    };
    // Where namespaces are not permitted, nothing can be hidden.
    if !unshare("true", "").is_ok_and(|output| output.status.success()) {
        crate::kit::setting::skipped("this machine does not permit a mount namespace (unshare)");
        return;
    }
    let output = unshare(env!("CARGO_BIN_EXE_chatferry"), "demo").expect("started");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{printed}");
}
