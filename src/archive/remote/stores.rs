//! Clients of the storage services, with credentials from the usual environment variables.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as S3};
use object_store::azure::{AzureConfigKey as Azure, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey as Google};
use object_store::http::HttpBuilder;
use object_store::{BackoffConfig, Certificate, ClientOptions, ObjectStore, RetryConfig};

use super::StorageProblem;
use super::place::{Place, Service, is_loopback};
use crate::root_certificates;

/// A client of one bucket.
pub(super) type Store = Arc<dyn ObjectStore>;

const S3_VARIABLES: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public bucket";
const GOOGLE_VARIABLES: &str = "set GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT to the file of a service account, or GOOGLE_SKIP_SIGNATURE=true for a public bucket";
const AZURE_VARIABLES: &str = "set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, or AZURE_SKIP_SIGNATURE=true for a public container";

const NO_TLS: StorageProblem = StorageProblem::Place(
    "the endpoint in the environment is not an https:// address, which is accepted for this machine only",
);

/// The clients of this run, by scheme and bucket: connections are reused.
#[derive(Debug, Default)]
pub(super) struct Stores(Mutex<HashMap<String, Store>>);

impl Stores {
    /// The client for a place. No request is sent.
    ///
    /// # Errors
    ///
    /// [`StorageProblem::Credentials`], and an endpoint without TLS on another machine.
    pub(super) fn of(&self, place: &Place) -> Result<Store, StorageProblem> {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(&place.root) {
            return Ok(Arc::clone(store));
        }
        // As in `close`: an error means that a provider is already set, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = match place.service {
            Service::S3 => s3(place)?,
            Service::Google => google(place)?,
            Service::Azure => azure(place)?,
            Service::Web => web(place)?,
        };
        stores.insert(place.root.clone(), Arc::clone(&store));
        Ok(store)
    }
}

fn s3(place: &Place) -> Result<Store, StorageProblem> {
    let builder = AmazonS3Builder::from_env().with_bucket_name(&place.bucket);
    let value = |key: S3| {
        builder
            .get_config_value(&key)
            .filter(|value| !value.is_empty())
    };
    let has_key = value(S3::AccessKeyId).is_some() && value(S3::SecretAccessKey).is_some();
    let has_role = value(S3::WebIdentityTokenFile).is_some()
        || value(S3::ContainerCredentialsRelativeUri).is_some()
        || value(S3::ContainerCredentialsFullUri).is_some();
    // Without these, object_store would ask the network for an identity of this machine.
    if !has_key && !has_role && !is_true(value(S3::SkipSignature)) {
        return Err(StorageProblem::Credentials(S3_VARIABLES));
    }
    let endpoint = value(S3::S3Endpoint).or_else(|| value(S3::Endpoint));
    let options = options(endpoint.as_deref())?;
    let store = (builder.with_client_options(options))
        .with_retry(retry())
        .build();
    Ok(Arc::new(
        store.map_err(|_| StorageProblem::Credentials(S3_VARIABLES))?,
    ))
}

fn google(place: &Place) -> Result<Store, StorageProblem> {
    let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(&place.bucket);
    let value = |key: Google| {
        builder
            .get_config_value(&key)
            .filter(|value| !value.is_empty())
    };
    let has_key = value(Google::ServiceAccount).is_some()
        || value(Google::ServiceAccountKey).is_some()
        || value(Google::ApplicationCredentials).is_some()
        || value(Google::BearerToken).is_some();
    if !has_key && !is_true(value(Google::SkipSignature)) {
        return Err(StorageProblem::Credentials(GOOGLE_VARIABLES));
    }
    let options = options(value(Google::BaseUrl).as_deref())?;
    let store = (builder.with_client_options(options))
        .with_retry(retry())
        .build();
    Ok(Arc::new(store.map_err(|_| {
        StorageProblem::Credentials(GOOGLE_VARIABLES)
    })?))
}

fn azure(place: &Place) -> Result<Store, StorageProblem> {
    let builder = MicrosoftAzureBuilder::from_env().with_container_name(&place.bucket);
    let value = |key: Azure| {
        builder
            .get_config_value(&key)
            .filter(|value| !value.is_empty())
    };
    let has_key = value(Azure::AccessKey).is_some()
        || value(Azure::SasKey).is_some()
        || value(Azure::Token).is_some()
        || value(Azure::ClientSecret).is_some()
        || value(Azure::FederatedTokenFile).is_some();
    if !has_key && !is_true(value(Azure::SkipSignature)) {
        return Err(StorageProblem::Credentials(AZURE_VARIABLES));
    }
    let options = options(value(Azure::Endpoint).as_deref())?;
    let store = (builder.with_client_options(options))
        .with_retry(retry())
        .build();
    Ok(Arc::new(store.map_err(|_| {
        StorageProblem::Credentials(AZURE_VARIABLES)
    })?))
}

fn web(place: &Place) -> Result<Store, StorageProblem> {
    let store = (HttpBuilder::new().with_url(&place.root))
        .with_client_options(options(Some(&place.root))?)
        .with_retry(retry())
        .build();
    let invalid = |_| StorageProblem::Place("not a web address");
    Ok(Arc::new(store.map_err(invalid)?))
}

fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|value| matches!(value.to_lowercase().as_str(), "true" | "1"))
}

/// Options of requests to an endpoint; without one, to the service's own. Without TLS only to this machine, whatever the
/// environment allows.
fn options(endpoint: Option<&str>) -> Result<ClientOptions, StorageProblem> {
    let without_tls = match endpoint.and_then(|endpoint| endpoint.split_once("://")) {
        None | Some(("https", _)) => false,
        Some(("http", rest)) => {
            let host = rest.split('/').next().unwrap_or_default();
            if !is_loopback(host) {
                return Err(NO_TLS);
            }
            true
        }
        Some(_) => return Err(NO_TLS),
    };
    let certificates: Vec<_> = root_certificates::bundled()
        .filter_map(|der| Certificate::from_der(der).ok())
        .collect();
    let mut options = ClientOptions::new().with_no_system_certificates(!certificates.is_empty());
    for certificate in certificates {
        options = options.with_root_certificate(certificate);
    }
    Ok(options
        .with_allow_http(without_tls)
        .with_connect_timeout(Duration::from_secs(10))
        .with_read_timeout(Duration::from_secs(30))
        // A request of 8 MiB over a slow line.
        .with_timeout(Duration::from_secs(600)))
}

/// A failed request is repeated for some seconds; after that the command ends and can be run again.
fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(4),
            base: 2.0,
        },
        max_retries: 5,
        retry_timeout: Duration::from_secs(120),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_without_tls_stay_on_this_machine() {
        for endpoint in [
            "http://10.0.0.1:9000",
            "http://storage.local",
            "ftp://127.0.0.1",
        ] {
            assert_eq!(options(Some(endpoint)).unwrap_err(), NO_TLS, "{endpoint}");
        }
        for endpoint in [
            None,
            Some("https://s3.example.com"),
            Some("http://127.0.0.1:5000/"),
        ] {
            assert!(options(endpoint).is_ok(), "{endpoint:?}");
        }
    }
}
