//! Users and the organisation: `/me/`, `/user/`, `/role/`, `/organization/`, `/status/lead/`, `/sequence/`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::lists::{self, Fields, Page};
use super::options::{Role, Sequence};
use super::params::Params;
use super::refusal::Refusal;
use super::seed::SeedUser;
use super::server::Shared;
use super::store::{STATUSES, Store, status_id};
use super::{dates, ids};

/// `GET /me/`.
pub(super) async fn me(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let store = shared.store();
    let user = store
        .users
        .get(&store.me)
        .ok_or_else(|| Refusal::missing("User", &store.me))?;
    let mut value = render_user(&store, user);
    value["last_used_timezone"] = json!("Etc/UTC");
    value["email_accounts"] = json!([]);
    value["phone_numbers"] = json!([]);
    let mut membership = render_membership(&store, user);
    if shared.options.role != Role::All {
        membership["permissions_granted"] = json!(OF_SOME_LEADS);
    }
    value["memberships"] = json!([membership]);
    value["organizations"] = json!([render_organization(&store)]);
    Ok(Json(Fields::read(&params).pick(value)))
}

/// `GET /user/`.
pub(super) async fn users(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let page = Page::read(&params, lists::OTHERS)?;
    let fields = Fields::read(&params);
    let store = shared.store();
    let active = (store.users.iter()).filter(|user| !store.inactive.contains(&user.id));
    Ok(Json(
        page.answer(active, &fields, |user| listed(&store, user)),
    ))
}

/// `GET /user/{id}/`.
pub(super) async fn user(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let store = shared.store();
    let user = store
        .users
        .get(&id)
        .ok_or_else(|| Refusal::missing("User", &id))?;
    Ok(Json(Fields::read(&params).pick(listed(&store, user))))
}

/// `GET /organization/{id}/`, with `_expand=memberships__user`.
pub(super) async fn organization(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let store = shared.store();
    if id != store.organization_id {
        return Err(Refusal::missing("Organization", &id));
    }
    let nest = params
        .list("_expand")
        .is_some_and(|names| names.contains(&"memberships__user"));
    let membership = |user: &SeedUser| {
        let mut membership = render_membership(&store, user);
        if nest {
            membership["user"] = listed(&store, user);
        } else {
            membership["user_email"] = json!(user.email);
            membership["user_first_name"] = json!(user.first_name);
            membership["user_last_name"] = json!(user.last_name);
            membership["user_full_name"] = json!(store.user_name(Some(&user.id)));
        }
        membership
    };
    let (left, active): (Vec<&SeedUser>, Vec<&SeedUser>) =
        (store.users.iter()).partition(|user| store.inactive.contains(&user.id));
    let mut value = render_organization(&store);
    value["memberships"] = active.into_iter().map(membership).collect();
    value["inactive_memberships"] = left.into_iter().map(membership).collect();
    Ok(Json(Fields::read(&params).pick(value)))
}

/// `GET /status/lead/`.
pub(super) async fn statuses(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let page = Page::read(&params, lists::OTHERS)?;
    let fields = Fields::read(&params);
    let store = shared.store();
    let render = |(index, label): (usize, &&str)| json!({ "id": status_id(index), "label": label, "organization_id": store.organization_id });
    Ok(Json(page.answer(
        STATUSES.iter().enumerate(),
        &fields,
        render,
    )))
}

/// `GET /sequence/`. Observed: these fields, and a page of at most 100 as of other lists.
pub(super) async fn sequences(
    State(shared): State<Arc<Shared>>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let page = Page::read(&params, lists::OTHERS)?;
    let fields = Fields::read(&params);
    let organization = shared.store().organization_id.clone();
    let render = |(index, sequence): (usize, &Sequence)| {
        json!({
            "id": ids::fixed("seq", &index.to_string()),
            "organization_id": organization,
            "name": sequence.name,
            "status": sequence.status,
            "allow_manual_enrollment": true,
            "steps": [],
        })
    };
    let rows = shared.options.sequences.iter().enumerate();
    Ok(Json(page.answer(rows, &fields, render)))
}

fn render_user(store: &Store, user: &SeedUser) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "image": "https://secure.gravatar.com/avatar/00000000000000000000000000000000",
        "date_created": dates::write(store.started),
        "date_updated": dates::write(store.started),
    })
}

fn listed(store: &Store, user: &SeedUser) -> Value {
    let mut value = render_user(store, user);
    value["organizations"] = json!([store.organization_id]);
    value
}

fn render_membership(store: &Store, user: &SeedUser) -> Value {
    json!({
        "id": ids::fixed("memb", &user.id),
        "user_id": user.id,
        "organization_id": store.organization_id,
        "role_id": ROLE,
        "permissions_granted": ["bulk_edit", "export", "manage_organization", "view_all_leads"],
    })
}

/// The id of every user's role.
const ROLE: &str = "role_sandbox0000000000000000000000000000000000001";

/// The permissions of a role that sees only some leads.
const OF_SOME_LEADS: [&str; 2] = ["bulk_edit", "export"];

/// `GET /role/{id}/`. Assumed: the permissions are a list of names, as in memberships.
pub(super) async fn role(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    let permissions = match shared.options.role {
        _ if id != ROLE => return Err(Refusal::missing("Role", &id)),
        Role::Unknown => return Err(Refusal::missing("Role", &id)),
        Role::SomeLeads => json!(OF_SOME_LEADS),
        Role::All => json!([
            "bulk_edit",
            "export",
            "manage_organization",
            "view_all_leads"
        ]),
    };
    let store = shared.store();
    let role = json!({
        "id": id,
        "name": "Sandbox role",
        "organization_id": store.organization_id,
        "permissions": permissions,
    });
    Ok(Json(Fields::read(&params).pick(role)))
}

fn render_organization(store: &Store) -> Value {
    let statuses: Vec<Value> = STATUSES
        .iter()
        .enumerate()
        .map(|(index, label)| json!({ "id": status_id(index), "label": label }))
        .collect();
    json!({
        "id": store.organization_id,
        "name": store.organization_name,
        "created_by": null,
        "updated_by": null,
        "date_created": dates::write(store.started),
        "date_updated": dates::write(store.started),
        "lead_statuses": statuses,
        "pipelines": [],
    })
}
