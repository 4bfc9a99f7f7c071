//! Root certificates for machines without a store of certificates, such as a container image with one program in it.
//!
//! TLS uses the store of the system, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name. Where there is neither, no client
//! can be created, not even one for the sandbox; there, Mozilla's list, which is compiled in, takes the place of the
//! store. A variable that names nothing readable stays an error: its user trusts certain authorities and no others.

/// Mozilla's root certificates (DER) where they take the place of the system's; elsewhere none.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(crate) fn bundled() -> impl Iterator<Item = &'static [u8]> {
    let is_used = !names_authorities() && rustls_native_certs::load_native_certs().certs.is_empty();
    let certificates: &[_] = if is_used {
        webpki_root_certs::TLS_SERVER_ROOT_CERTS
    } else {
        &[]
    };
    certificates.iter().map(AsRef::as_ref)
}

/// None: macOS and Windows verify certificates themselves.
#[cfg(not(all(unix, not(target_vendor = "apple"))))]
pub(crate) fn bundled() -> impl Iterator<Item = &'static [u8]> {
    std::iter::empty()
}

/// Whether a variable names authorities. `rustls-native-certs` reads the same two.
#[cfg(all(unix, not(target_vendor = "apple")))]
#[allow(clippy::disallowed_methods)] // A question about the machine, as that for its store.
fn names_authorities() -> bool {
    ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .iter()
        .any(|variable| std::env::var_os(variable).is_some())
}
