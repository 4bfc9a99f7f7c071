//! A migration whose archives are in a bucket.

use std::fs;

use super::bucket::{Bucket, NAME};
use crate::kit::world::{IMPORT, KEY};
use crate::kit::{Built, Chat, Output, Running, World, archive};

/// A part of the credentials, which must appear nowhere.
pub(super) const SECRET: &str = "s3cret-part-of-a-key";

/// A world without local archives, and a bucket.
pub(super) struct Cloud {
    pub(super) world: World,
    pub(super) bucket: Bucket,
    /// The variables of the storage.
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Cloud {
    /// These chats as zips in the folder `anna` of the bucket.
    pub(super) fn new(chats: Vec<Chat>) -> Cloud {
        let cloud = Cloud::empty(chats);
        for chat in &cloud.world.chats {
            cloud.bucket.put(&key(chat), &archive::zip(chat));
        }
        cloud
    }

    /// The same with an empty bucket.
    pub(super) fn empty(chats: Vec<Chat>) -> Cloud {
        let bucket = Bucket::start();
        let mut built = Built::new(chats);
        built.options = Box::new(|options| options.keep_bytes = true);
        let world = built.world();
        fs::remove_dir_all(world.exports()).expect("removed");
        let variables = s3(&bucket.url());
        let cloud = Cloud {
            world,
            bucket,
            variables,
        };
        cloud.archives(&format!("s3://{NAME}/anna/"));
        cloud
    }

    /// Replaces the archives of the configuration.
    pub(super) fn archives(&self, place: &str) {
        let file = self.world.path().join("chatferry.toml");
        let text = fs::read_to_string(&file).expect("a configuration");
        let lines = text
            .lines()
            .map(|line| match line.starts_with("archives = ") {
                true => format!("archives = [\"{place}\"]\n"),
                false => format!("{line}\n"),
            });
        fs::write(&file, lines.collect::<String>()).expect("written");
    }

    /// Runs the program; no part of the credentials is in its output.
    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        let mut environment = vec![
            ("CLOSE_API_KEY", KEY),
            ("CLOSE_BASE_URL", self.world.server.base_url.as_str()),
        ];
        let own = (self.variables.iter()).map(|(name, value)| (*name, value.as_str()));
        environment.extend(own);
        let output = Running::start(arguments, self.world.path(), &environment).wait();
        for text in [&output.stdout, &output.stderr] {
            assert!(!text.contains(SECRET), "{text}");
        }
        output
    }

    pub(super) fn import(&self) -> Output {
        self.run(IMPORT)
    }
}

/// The key of a chat's zip.
pub(super) fn key(chat: &Chat) -> String {
    format!("anna/{}.zip", archive::name(chat))
}

/// The variables of S3 with an endpoint.
pub(super) fn s3(endpoint: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
    ]
}
