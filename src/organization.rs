//! Facts about one organisation's Close: what it was observed to do where its documentation is silent.
//!
//! One type for each fact, with the word that the checkpoint records. The checkpoint stores them, requests and pilots
//! observe them, `doctor` shows them, and survey and executor use them. Never here: content, names or numbers.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, SubsecRound, Utc};

use crate::ids::ExternalId;
use crate::phone::Phone;

/// A fact whose values are words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// Every value.
            #[cfg(test)]
            const ALL: &[$name] = &[$($name::$value),+];

            /// The recorded word.
            fn word(self) -> &'static str {
                match self {
                    $($name::$value => $word,)+
                }
            }

            /// The value of a recorded word; `None` for a word of another version.
            fn of_word(word: &str) -> Option<$name> {
                match word {
                    $($word => Some($name::$value),)+
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// The order of a list of messages by date of creation.
    ListOrder {
        /// The newest first.
        NewestFirst = "newest_first",
        /// The oldest first, whichever order is requested.
        OldestFirst = "oldest_first",
        /// Neither.
        Unsorted = "unsorted",
    }
}

words! {
    /// How Close returns the text of a message. The worst observation counts.
    TextForm {
        /// As it was sent.
        AsSent = "as_sent",
        /// Without white space at its ends.
        Trimmed = "trimmed",
        /// Otherwise.
        Changed = "changed",
    }
}

words! {
    /// How Close returns the numbers of a message. The worst observation counts.
    NumberForm {
        /// As they were sent, in E.164.
        AsSent = "as_sent",
        /// In another form of the same number.
        OtherForm = "other_form",
        /// Not at all.
        Absent = "absent",
        /// As another number.
        Changed = "changed",
    }
}

words! {
    /// How Close returns the names of files. The worst observation counts.
    NameForm {
        /// As they were sent.
        AsSent = "as_sent",
        /// Otherwise, or not at all.
        Changed = "changed",
    }
}

words! {
    /// How Close returns the time of a message. The worst observation counts.
    TimeForm {
        /// As it was sent, with milliseconds.
        AsSent = "as_sent",
        /// Without milliseconds.
        WholeSeconds = "whole_seconds",
        /// Otherwise, or not at all.
        Changed = "changed",
    }
}

words! {
    /// Where Close rejects a second message with the same external id.
    UniqueIds {
        /// Nowhere.
        Nowhere = "nowhere",
        /// On one lead: another lead may have the id. Earlier versions recorded it also where they tried no other lead.
        OnLead = "on_lead",
        /// In the whole organisation.
        InOrganization = "in_organization",
    }
}

impl TextForm {
    /// Compares a text that was sent with the one that Close returned.
    pub fn of(sent: &str, returned: &str) -> TextForm {
        match (returned == sent, returned.trim() == sent.trim()) {
            (true, _) => TextForm::AsSent,
            (false, true) => TextForm::Trimmed,
            (false, false) => TextForm::Changed,
        }
    }
}

impl NumberForm {
    /// Compares a number that was sent with the one that Close returned; `None` if it returned
    /// none.
    pub fn of(sent: &Phone, returned: Option<&str>) -> NumberForm {
        match returned {
            None => NumberForm::Absent,
            Some(text) if text == sent.e164() => NumberForm::AsSent,
            Some(text) if sent.is_written_as(text) => NumberForm::OtherForm,
            Some(_) => NumberForm::Changed,
        }
    }
}

impl TimeForm {
    /// Compares a time that was sent with the one that Close returned; `None` if it returned none.
    pub fn of(sent: DateTime<Utc>, returned: Option<DateTime<Utc>>) -> TimeForm {
        match returned {
            Some(at) if at == sent => TimeForm::AsSent,
            Some(at) if at == sent.trunc_subsecs(0) => TimeForm::WholeSeconds,
            _ => TimeForm::Changed,
        }
    }
}

/// The longest text that Close takes, in characters, where it refused a longer one for its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimit(pub usize);

/// The names of the fields of a membership, as the API returned them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembershipFields(BTreeSet<String>);

impl MembershipFields {
    /// The maximum number of names that are kept.
    const MAX: usize = 40;

    /// Of the names of an object's fields; those that are not plain words are omitted.
    pub fn of<'n>(names: impl Iterator<Item = &'n str>) -> MembershipFields {
        let is_word = |name: &&str| {
            (1..=40).contains(&name.len())
                && (name.bytes()).all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        MembershipFields(
            names
                .filter(is_word)
                .map(str::to_owned)
                .take(MembershipFields::MAX)
                .collect(),
        )
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The external id under which a probe posted messages that may still be in Close; `None` once they
/// are deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenProbe(pub Option<ExternalId>);

/// The webhooks that an import named in its output before it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedListeners {
    /// The number of events of the host that is notified of most.
    pub events: u64,
    /// A digest of the ids of the webhook subscriptions.
    pub subscriptions: u64,
}

/// The word of an [`OpenProbe`] without an id.
const NONE: &str = "none";

/// A fact: what was observed of an organisation's Close, or a note of one run for the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// See [`ListOrder`].
    ListOrder(ListOrder),
    /// See [`TextForm`].
    Text(TextForm),
    /// See [`NumberForm`].
    Numbers(NumberForm),
    /// See [`NameForm`].
    Names(NameForm),
    /// See [`TimeForm`].
    Times(TimeForm),
    /// See [`MembershipFields`].
    Memberships(MembershipFields),
    /// See [`UniqueIds`].
    UniqueIds(UniqueIds),
    /// See [`TextLimit`].
    TextLimit(TextLimit),
    /// See [`OpenProbe`].
    OpenProbe(OpenProbe),
    /// See [`NamedListeners`].
    NamedListeners(NamedListeners),
}

impl Fact {
    /// Whether it concerns Close at present: an observation, or a probe whose messages may still be
    /// there. The others are notes of a run for the next one.
    pub fn is_about_close(&self) -> bool {
        !matches!(
            self,
            Fact::OpenProbe(OpenProbe(None)) | Fact::NamedListeners(_)
        )
    }

    /// The name under which it is recorded.
    pub fn name(&self) -> &'static str {
        match self {
            Fact::ListOrder(_) => "list_order",
            Fact::Text(_) => "text",
            Fact::Numbers(_) => "numbers",
            Fact::Names(_) => "names",
            Fact::Times(_) => "times",
            Fact::Memberships(_) => "membership_fields",
            Fact::UniqueIds(_) => "unique_ids",
            Fact::TextLimit(_) => "text_limit",
            Fact::OpenProbe(_) => "open_probe",
            Fact::NamedListeners(_) => "named_listeners",
        }
    }

    /// The recorded value: lower-case ASCII letters, digits, `_`, `-` and `,`.
    pub fn value(&self) -> String {
        match self {
            Fact::ListOrder(order) => order.word().to_owned(),
            Fact::Text(form) => form.word().to_owned(),
            Fact::Numbers(form) => form.word().to_owned(),
            Fact::Names(form) => form.word().to_owned(),
            Fact::Times(form) => form.word().to_owned(),
            Fact::Memberships(fields) => fields.names().collect::<Vec<_>>().join(","),
            Fact::UniqueIds(scope) => scope.word().to_owned(),
            Fact::TextLimit(TextLimit(characters)) => characters.to_string(),
            Fact::OpenProbe(OpenProbe(None)) => NONE.to_owned(),
            Fact::OpenProbe(OpenProbe(Some(id))) => id.as_str().to_owned(),
            Fact::NamedListeners(named) => format!("{},{}", named.events, named.subscriptions),
        }
    }

    /// The fact of a recorded name and value; `None` for one of another version.
    pub fn of(name: &str, value: &str) -> Option<Fact> {
        Some(match name {
            "list_order" => Fact::ListOrder(ListOrder::of_word(value)?),
            "text" => Fact::Text(TextForm::of_word(value)?),
            "numbers" => Fact::Numbers(NumberForm::of_word(value)?),
            "names" => Fact::Names(NameForm::of_word(value)?),
            "times" => Fact::Times(TimeForm::of_word(value)?),
            "membership_fields" => Fact::Memberships(MembershipFields::of(value.split(','))),
            "unique_ids" => Fact::UniqueIds(UniqueIds::of_word(value)?),
            "text_limit" => Fact::TextLimit(TextLimit(value.parse().ok()?)),
            "open_probe" if value == NONE => Fact::OpenProbe(OpenProbe(None)),
            "open_probe" => Fact::OpenProbe(OpenProbe(Some(value.into()))),
            "named_listeners" => {
                let (events, subscriptions) = value.split_once(',')?;
                Fact::NamedListeners(NamedListeners {
                    events: events.parse().ok()?,
                    subscriptions: subscriptions.parse().ok()?,
                })
            }
            _ => return None,
        })
    }
}

/// A fact, and when it was learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// What was observed or noted.
    pub fact: Fact,
    /// When it was observed or noted, in Unix milliseconds.
    pub learned_at: i64,
}

/// All recorded facts about an organisation, at most one of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts(Vec<Learned>);

impl Facts {
    /// The facts of recorded rows, which are sorted by name.
    pub fn new(rows: Vec<Learned>) -> Facts {
        Facts(rows)
    }

    /// All facts, by name, each with the time at which it was learned.
    pub fn iter(&self) -> impl Iterator<Item = &Learned> {
        self.0.iter()
    }

    /// Whether this fact is recorded with exactly this value.
    pub fn contains(&self, fact: &Fact) -> bool {
        self.0.iter().any(|known| known.fact == *fact)
    }

    /// The order in which Close lists messages; `None` if it was not observed.
    pub fn list_order(&self) -> Option<ListOrder> {
        self.find(|fact| match fact {
            Fact::ListOrder(order) => Some(*order),
            _ => None,
        })
    }

    /// Where external ids are unique; `None` if no probe found out.
    pub fn unique_ids(&self) -> Option<UniqueIds> {
        self.find(|fact| match fact {
            Fact::UniqueIds(scope) => Some(*scope),
            _ => None,
        })
    }

    /// The longest text that Close accepts; `None` if it never rejected one for its length.
    pub fn text_limit(&self) -> Option<TextLimit> {
        self.find(|fact| match fact {
            Fact::TextLimit(limit) => Some(*limit),
            _ => None,
        })
    }

    /// The external id of a probe's messages that may be in Close, and when its first request was
    /// about to be sent, in Unix milliseconds; `None` if there are none.
    pub fn open_probe(&self) -> Option<(ExternalId, i64)> {
        self.0.iter().find_map(|known| match &known.fact {
            Fact::OpenProbe(OpenProbe(Some(id))) => Some((id.clone(), known.learned_at)),
            _ => None,
        })
    }

    /// The webhooks that the last import named before it wrote; `None` if none did.
    pub fn named_listeners(&self) -> Option<NamedListeners> {
        self.find(|fact| match fact {
            Fact::NamedListeners(named) => Some(*named),
            _ => None,
        })
    }

    fn find<T>(&self, value: impl Fn(&Fact) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(|known| value(&known.fact))
    }
}

/// What `doctor` shows of a fact.
impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fact::ListOrder(ListOrder::NewestFirst) => "lists of messages come newest first",
            Fact::ListOrder(ListOrder::OldestFirst) => "lists of messages come oldest first",
            Fact::ListOrder(ListOrder::Unsorted) => {
                "lists of messages are not sorted; leads with more than 100 messages cannot be read"
            }
            Fact::Text(TextForm::AsSent) => "texts are returned as they were sent",
            Fact::Text(TextForm::Trimmed) => "texts lose white space at their ends",
            Fact::Text(TextForm::Changed) => "texts are returned changed; compare some in Close",
            Fact::Numbers(NumberForm::AsSent) => "numbers are returned as they were sent",
            Fact::Numbers(NumberForm::OtherForm) => "numbers are returned in another form",
            Fact::Numbers(NumberForm::Absent) => "numbers of messages are not returned",
            Fact::Numbers(NumberForm::Changed) => "numbers are returned changed",
            Fact::Names(NameForm::AsSent) => "names of files are returned as they were sent",
            Fact::Names(NameForm::Changed) => "names of files are returned changed",
            Fact::Times(TimeForm::AsSent) => "times are returned as they were sent",
            Fact::Times(TimeForm::WholeSeconds) => "times are returned without milliseconds",
            Fact::Times(TimeForm::Changed) => "times are returned changed",
            Fact::UniqueIds(UniqueIds::Nowhere) => "external ids need not be unique",
            Fact::UniqueIds(UniqueIds::OnLead) => "external ids are unique on a lead",
            Fact::UniqueIds(UniqueIds::InOrganization) => {
                "external ids are unique in the organisation: a message cannot be posted on another lead before it is deleted"
            }
            Fact::Memberships(fields) => {
                let names: Vec<&str> = fields.names().collect();
                return write!(f, "memberships have the fields {}", names.join(", "));
            }
            Fact::TextLimit(TextLimit(characters)) => {
                return write!(f, "texts have at most {characters} characters");
            }
            Fact::OpenProbe(OpenProbe(None)) => "no message of a probe is left",
            Fact::NamedListeners(_) => "webhooks were named before an import wrote",
            Fact::OpenProbe(OpenProbe(Some(id))) => {
                return write!(
                    f,
                    "messages of a probe may be left ({id}); the next `chatferry import` deletes them"
                );
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Fact> {
        let fields = ["user_id", "role_id", "Not a word", "", "organization_id"];
        let mut all = vec![
            Fact::Memberships(MembershipFields::of(fields.into_iter())),
            Fact::TextLimit(TextLimit(4_000)),
            Fact::OpenProbe(OpenProbe(None)),
            Fact::OpenProbe(OpenProbe(Some("chatferry-probe-1a".into()))),
            Fact::NamedListeners(NamedListeners {
                events: 90,
                subscriptions: u64::MAX,
            }),
        ];
        all.extend(ListOrder::ALL.iter().copied().map(Fact::ListOrder));
        all.extend(TextForm::ALL.iter().copied().map(Fact::Text));
        all.extend(NumberForm::ALL.iter().copied().map(Fact::Numbers));
        all.extend(NameForm::ALL.iter().copied().map(Fact::Names));
        all.extend(TimeForm::ALL.iter().copied().map(Fact::Times));
        all.extend(UniqueIds::ALL.iter().copied().map(Fact::UniqueIds));
        all
    }

    #[test]
    fn recorded_facts_are_read_back() {
        for fact in all() {
            let value = fact.value();
            assert_eq!(Fact::of(fact.name(), &value), Some(fact), "{value}");
        }
        assert_eq!(Fact::of("list_order", "by_moonlight"), None);
        assert_eq!(Fact::of("else", "1"), None);
    }

    #[test]
    fn values_are_words() {
        for fact in all() {
            let is_plain = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-,".contains(&byte)
            };
            let value = fact.value();
            assert!(value.bytes().all(is_plain), "{value}");
            assert!(!fact.to_string().is_empty());
        }
        let fields = Fact::of("membership_fields", "organization_id,role_id,user_id");
        assert!(all().contains(&fields.unwrap()));
    }

    #[test]
    fn forms_of_what_close_returns() {
        assert_eq!(TextForm::of("a ", "a"), TextForm::Trimmed);
        assert_eq!(TextForm::of("*a*", "**a**"), TextForm::Changed);
        let number = Phone::parse("+4915112345678").unwrap();
        for (returned, form) in [
            (Some("+4915112345678"), NumberForm::AsSent),
            (Some("+49 151 12345678"), NumberForm::OtherForm),
            (Some("4915112345678"), NumberForm::OtherForm),
            (Some("+4915112345679"), NumberForm::Changed),
            (None, NumberForm::Absent),
        ] {
            assert_eq!(NumberForm::of(&number, returned), form, "{returned:?}");
        }
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        let sent = at("2024-03-13T10:15:00.001Z").unwrap();
        for (returned, form) in [
            (Some(sent), TimeForm::AsSent),
            (at("2024-03-13T10:15:00Z"), TimeForm::WholeSeconds),
            (at("2024-03-13T10:16:00Z"), TimeForm::Changed),
            (None, TimeForm::Changed),
        ] {
            assert_eq!(TimeForm::of(sent, returned), form, "{returned:?}");
        }
    }
}
