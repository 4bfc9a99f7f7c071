//! Forms and addresses as requests have them: what cannot be read is answered with a page that leads back.

use std::sync::Arc;

use axum::Form as AxumForm;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, FromRequestParts, Query as AxumQuery, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;

use super::failure::not_understood;
use super::site::Site;

/// The fields of a form.
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Site>> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Response> {
        let path = request.uri().path().to_owned();
        match AxumForm::from_request(request, site).await {
            Ok(AxumForm(fields)) => Ok(Form(fields)),
            Err(rejection) => Err(not_understood(
                site,
                rejection.status(),
                &path,
                of_form(&rejection),
            )),
        }
    }
}

/// Why a form cannot be read.
fn of_form(rejection: &FormRejection) -> &'static str {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "this form is too large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "this is not a form of this page",
        _ => "this form is not complete",
    }
}

/// The fields of an address.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Site>> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Response> {
        match AxumQuery::from_request_parts(parts, site).await {
            Ok(AxumQuery(fields)) => Ok(Query(fields)),
            Err(rejection) => {
                let text = "this address is not one of this page";
                Err(not_understood(
                    site,
                    rejection.status(),
                    parts.uri.path(),
                    text,
                ))
            }
        }
    }
}
