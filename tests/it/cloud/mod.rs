//! Archives in object storage, as the program reads them from a local server (feature `cloud`).

#[cfg(not(feature = "cloud"))]
mod absent;
#[cfg(feature = "cloud")]
mod bucket;
#[cfg(feature = "cloud")]
mod changed;
#[cfg(feature = "cloud")]
mod errors;
#[cfg(feature = "cloud")]
mod moto;
#[cfg(feature = "cloud")]
mod reading;
#[cfg(feature = "cloud")]
mod services;
#[cfg(feature = "cloud")]
mod setting;
