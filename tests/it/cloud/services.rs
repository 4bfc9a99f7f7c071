//! The other services: Google, Azure and a web server, with what each differs in.

use super::bucket::counted;
use super::setting::{Cloud, SECRET, key};
use crate::kit::{archive, scenes};

/// Imports from the bucket's server under another place.
#[track_caller]
fn imports(cloud: &Cloud, place: &str) {
    cloud.archives(place);
    cloud.import().exits(0);
    cloud.world.assert_whole(place);
    counted(&cloud.bucket.taken());
}

#[test]
fn google_cloud_storage() {
    let mut cloud = Cloud::new(scenes::rich());
    let account = format!(
        "{{\"gcs_base_url\":\"{}\",\"disable_oauth\":true,\"client_email\":\"\",\"private_key\":\"{SECRET}\",\"private_key_id\":\"\"}}",
        cloud.bucket.url()
    );
    let url = cloud.bucket.url();
    cloud.variables = vec![];
    cloud.archives("gs://exports/anna/");
    cloud
        .run(&["plan"])
        .exits(2)
        .says("GOOGLE_APPLICATION_CREDENTIALS");
    cloud.variables = vec![
        ("GOOGLE_SERVICE_ACCOUNT_KEY", account),
        ("GOOGLE_BASE_URL", url),
    ];
    imports(&cloud, "gs://exports/anna/");
}

#[test]
fn azure_blob_storage() {
    let mut cloud = Cloud::new(scenes::rich());
    let url = cloud.bucket.url();
    cloud.variables = vec![];
    cloud.archives("az://exports/anna/");
    cloud
        .run(&["plan"])
        .exits(2)
        .says("AZURE_STORAGE_ACCOUNT_NAME");
    cloud.variables = vec![
        ("AZURE_STORAGE_ACCOUNT_NAME", "account".to_owned()),
        ("AZURE_STORAGE_SAS_TOKEN", format!("sv=2024&sig={SECRET}")),
        ("AZURE_STORAGE_ENDPOINT", url),
    ];
    imports(&cloud, "az://exports/anna/");
    // The signature is in every address, and in no message.
    cloud.bucket.rule(|_, _| Some(400));
    cloud
        .run(&["plan"])
        .exits(4)
        .says("object storage is unreachable");
}

#[test]
fn zip_of_a_web_server() {
    let cloud = Cloud::new(vec![scenes::dora()]);
    let address = |key: &str| format!("{}/exports/{}", cloud.bucket.url(), key.replace(' ', "%20"));
    imports(&cloud, &address(&key(&scenes::dora())));
    cloud.bucket.put("text.zip", b"a text");
    cloud.archives(&address("text.zip"));
    cloud
        .run(&["plan"])
        .exits(3)
        .says("text.zip: not a zip despite its name");
    cloud.archives(&address("absent.zip"));
    cloud
        .run(&["plan"])
        .exits(2)
        .says("absent.zip: no object at or under this place");
    cloud.bucket.put("named", &archive::zip(&scenes::dora()));
    cloud.run(&["inspect", &address("named")]).exits(0);
}
