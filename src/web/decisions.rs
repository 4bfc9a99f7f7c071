//! Decisions of the queue: written into the tables, taken back, put off.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::card::undecided_of_number;
use super::changed;
use super::failure::{conflict, failed};
use super::form::Form;
use super::people::{Shown, selected};
use super::reading::{self, Reading};
use super::site::{LastDecision, Site};
use super::table_lock;
use super::text::clean;
use crate::app::{
    self, ChatChoice, ChatDecision, ChatState, DecidedChat, Error, ListedChat, TakeBack, Written,
};
use crate::phone::Phone;

/// The form of the card.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct DecisionForm {
    /// The chat, by its id on this page.
    chat: String,
    /// The digest of contacts.csv.
    seen: String,
    /// `contact LEAD CONTACT`, `number NUMBER`, `save`, `create`, `private`, `no`, `open` or `later`.
    choice: String,
    phone: String,
    /// Not empty: all chats of the number.
    all: String,
    state: String,
    q: String,
    page: String,
}

impl DecisionForm {
    /// The list that the card is shown with.
    fn shown(&self) -> Shown {
        Shown {
            state: self.state.clone(),
            q: self.q.clone(),
            page: self.page.clone(),
            ..Shown::default()
        }
    }
}

/// Stores a decision.
pub(super) async fn decide(
    State(site): State<Arc<Site>>,
    Form(form): Form<DecisionForm>,
) -> Response {
    let reading = match reading::read_for_form(&site).await {
        Ok(reading) => reading,
        Err(error) => return failed(&site, &error),
    };
    let chats = &reading.list.chats;
    let Some(chat) = chats.iter().find(|chat| site.id_of(chat) == form.chat) else {
        let text =
            "this chat is private now, or not in the archives any more; open the page People again";
        return failed(&site, &Error::usage(text));
    };
    if form.choice == "later" {
        let next = next(&site, &reading, &form, chat);
        site.later.put(&form.chat);
        return Redirect::to(&form.shown().with_chat(&next)).into_response();
    }
    let _writing = match table_lock::lock(&site) {
        Ok(writing) => writing,
        Err(refused) => return *refused,
    };
    // Another decision may have been put into the reading before this one had the lock.
    let latest = site.readings.latest();
    let reading = latest.as_ref().unwrap_or(&reading);
    let next = next(&site, reading, &form, chat);
    let there = Redirect::to(&form.shown().with_chat(&next));
    match carry_out(&site, reading, &form, chat) {
        Ok(None) => there.into_response(),
        Ok(Some(changed)) => changed,
        Err(error) => failed(&site, &error),
    }
}

/// Writes a decision; a page where the table was changed by someone else.
fn carry_out(
    site: &Site,
    reading: &Arc<Reading>,
    form: &DecisionForm,
    chat: &ListedChat,
) -> app::Result<Option<Response>> {
    let (choice, chosen_phone) = choice(&form.choice)?;
    let typed = typed_number(form, chat)?;
    let is_corrected = typed.is_some() && chat.phone.is_some();
    let phone = typed.or(chosen_phone).or_else(|| chat.phone.clone());
    if choice == ChatChoice::Create && phone.is_none() {
        return Err(Error::usage(
            "a new contact needs the number of the chat; fill it in above the buttons",
        ));
    }
    if choice == ChatChoice::Number && phone.is_none() {
        return Err(Error::usage("fill in the number before you save it"));
    }
    let mut all = vec![chat];
    // The other chats of a wrong number are not about this contact.
    if !form.all.is_empty() && !is_corrected && choice != ChatChoice::Number {
        all.extend(undecided_of_number(reading, chat));
    }
    let is_alone = reading.settings.devices.len() == 1;
    let decision = ChatDecision {
        chats: all.iter().map(|chat| decided(chat, is_alone)).collect(),
        choice: choice.clone(),
        phone: phone.clone(),
    };
    let table = &reading.contacts.path;
    let then = site.seen_before(&form.seen);
    match app::decide_chats(table, (&form.seen, then.as_ref()), &decision)? {
        // The same decision was sent twice.
        Written::Done(change) if change.is_nothing() && change.after().digest() != form.seen => {
            Ok(None)
        }
        Written::Changed(now) => Ok(Some(changed::page(site, &form.seen, &now, "People"))),
        Written::Done(change) => {
            let before = Arc::clone(reading);
            let mut list = reading.list.clone();
            let keys: Vec<(&str, &str)> = (all.iter())
                .map(|chat| (chat.device.as_str(), chat.name.as_str()))
                .collect();
            let is_decided = |device: &str, name: &str| keys.contains(&(device, name));
            let after = state(&choice, phone.as_ref());
            for one in &mut list.chats {
                if is_decided(&one.device, &one.name) {
                    if let Some(after) = &after {
                        one.state = after.clone();
                    }
                    one.has_row = true;
                    one.phone = phone.clone().or_else(|| one.phone.clone());
                    if choice != ChatChoice::Number {
                        one.has_decision = choice != ChatChoice::Open;
                    }
                }
            }
            if choice == ChatChoice::Private {
                list.private += keys.len() as u64;
                list.chats.retain(|one| !is_decided(&one.device, &one.name));
                list.archives
                    .retain(|one| !is_decided(&one.device, &one.chat));
            }
            let is_current = *change.before() == reading.contacts;
            let reading = Reading {
                list,
                contacts: change.after().clone(),
                ..Reading::clone(reading)
            };
            keep(site, reading, is_current);
            site.set_last(LastDecision {
                number: site.next_decision(),
                text: described(&choice, chat, all.len()),
                chats: match choice {
                    ChatChoice::Private => Vec::new(),
                    _ => all.iter().map(|chat| site.id_of(chat)).collect(),
                },
                changes: vec![change],
                before,
                from: form.shown().with_chat(&form.chat),
            });
            Ok(None)
        }
    }
}

/// The number that a person typed; `None` for none, and for the one that the card has.
///
/// # Errors
///
/// It is not an international number.
fn typed_number(form: &DecisionForm, chat: &ListedChat) -> app::Result<Option<Phone>> {
    let typed = form.phone.trim();
    match Phone::parse(typed) {
        None if !typed.is_empty() => Err(Error::usage(
            "the number must begin with + and the country code, such as +4915112345678",
        )),
        typed => Ok(typed.filter(|typed| Some(typed) != chat.phone.as_ref())),
    }
}

/// Keeps what the files contain after a decision. `is_current`: nothing else was written since they were read, so that the next
/// page need not read them again.
fn keep(site: &Site, reading: Reading, is_current: bool) {
    match is_current {
        true => site.readings.replace(reading, site.clock.elapsed()),
        false => site.readings.outdate(),
    }
}

fn decided(chat: &ListedChat, is_alone: bool) -> DecidedChat {
    DecidedChat {
        device: chat.device.clone(),
        is_alone,
        name: chat.name.clone(),
        participant: chat.participant.clone(),
        has_namesake: chat.has_namesake,
    }
}

/// The choice of a button, and the number in it.
fn choice(word: &str) -> app::Result<(ChatChoice, Option<Phone>)> {
    let mut words = word.split(' ');
    let choice = match (words.next(), words.next(), words.next()) {
        (Some("contact"), Some(lead), Some(contact))
            if lead.starts_with("lead_") && contact.starts_with("cont_") =>
        {
            let phone = words.next().and_then(Phone::parse);
            return Ok((ChatChoice::Contact(lead.into(), contact.into()), phone));
        }
        (Some("number"), Some(number), None) => {
            return Ok((ChatChoice::Open, Phone::parse(number)));
        }
        (Some("save"), None, None) => ChatChoice::Number,
        (Some("create"), None, None) => ChatChoice::Create,
        (Some("private"), None, None) => ChatChoice::Private,
        (Some("no"), None, None) => ChatChoice::No,
        (Some("open"), None, None) => ChatChoice::Open,
        _ => {
            return Err(Error::usage(
                "this choice is not known; open the page again",
            ));
        }
    };
    Ok((choice, None))
}

/// The state of a chat right after a decision, until the files are read again; `None` for a private one, and where a number
/// alone was written.
fn state(choice: &ChatChoice, phone: Option<&Phone>) -> Option<ChatState> {
    Some(match choice {
        ChatChoice::Contact(lead, contact) if phone.is_some() => {
            ChatState::Ready(lead.clone(), contact.clone())
        }
        ChatChoice::Contact(..) => ChatState::ToDecide("needs a number".to_owned()),
        ChatChoice::Create => ChatState::Create,
        ChatChoice::No => ChatState::No,
        ChatChoice::Open => ChatState::ToDecide("needs a lead and a contact".to_owned()),
        ChatChoice::Private | ChatChoice::Number => return None,
    })
}

/// The last decision in words. A private chat is not named.
fn described(choice: &ChatChoice, chat: &ListedChat, chats: usize) -> String {
    let name = clean(&chat.name);
    let more = match chats {
        1 => String::new(),
        chats => format!(" and {} more of its number", chats - 1),
    };
    match choice {
        ChatChoice::Contact(lead, _) => format!("{name}{more}: goes to lead {lead}."),
        ChatChoice::Create => format!("{name}{more}: to be created in Close."),
        ChatChoice::No => format!("{name}{more}: not imported."),
        ChatChoice::Open => format!("{name}{more}: to decide."),
        ChatChoice::Number => format!("{name}: the number is saved."),
        ChatChoice::Private => match chats {
            1 => "1 chat is private now.".to_owned(),
            chats => format!("{chats} chats are private now."),
        },
    }
}

/// The id of the chat to look at after this one: the next one of the list, in a list of undecided chats or of all of them the
/// next undecided one; empty without one.
fn next(site: &Site, reading: &Reading, form: &DecisionForm, chat: &ListedChat) -> String {
    let together: Vec<String> = match form.all.is_empty() {
        true => Vec::new(),
        false => (undecided_of_number(reading, chat))
            .map(|one| site.id_of(one))
            .collect(),
    };
    if form.choice == "save" {
        return form.chat.clone();
    }
    let shown = form.shown();
    let listed = selected(site, reading, &shown);
    let place = listed.iter().position(|one| site.id_of(one) == form.chat);
    let from = place.map_or(0, |place| place + 1);
    let mut after = (listed.iter().skip(from)).chain(listed.iter().take(from));
    let is_next = |one: &&&ListedChat| {
        let id = site.id_of(one);
        let is_open = matches!(one.state, ChatState::ToDecide(_)) && !site.later.has(&id);
        id != form.chat && !together.contains(&id) && (is_open || !shown.is_of_undecided())
    };
    after
        .find(is_next)
        .map(|one| site.id_of(one))
        .unwrap_or_default()
}

/// The decision to take back.
#[derive(Debug, Deserialize)]
pub(super) struct TakeBackForm {
    /// Its number.
    decision: u64,
}

/// Takes the last decision back, if it is the one that the form showed.
pub(super) async fn take_back(
    State(site): State<Arc<Site>>,
    Form(form): Form<TakeBackForm>,
) -> Response {
    let _writing = match table_lock::lock(&site) {
        Ok(writing) => writing,
        Err(refused) => return *refused,
    };
    let Some(last) = site.take_last(form.decision) else {
        return conflict(
            &site,
            "This is not the last decision any more, so nothing was taken back; open the chat to decide again",
        );
    };
    match app::take_back(&last.changes) {
        Ok(TakeBack::Done) => {
            let before = Reading::clone(&last.before);
            let is_current =
                (last.changes.first()).is_some_and(|change| *change.before() == before.contacts);
            keep(&site, before, is_current);
            // The same list and card: the next key is about the chat that the person sees.
            Redirect::to(&last.from).into_response()
        }
        Ok(TakeBack::Changed(now, before)) => {
            let seen = site.seen(&before);
            changed::page(&site, &seen, &now, "People")
        }
        Err(error) => failed(&site, &error),
    }
}
