//! Offset paging and `_fields`.

use serde_json::{Value, json};

use super::params::Params;
use super::refusal::Refusal;

/// The limits of a resource's list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caps {
    pub(super) default_limit: usize,
    pub(super) max_limit: usize,
    pub(super) max_skip: usize,
}

/// Leads: both numbers were observed.
pub(super) const LEADS: Caps = Caps {
    default_limit: 100,
    max_limit: 200,
    max_skip: 35_000,
};
/// Contacts, users and the other small resources: as leads, with the usual limit of 100.
pub(super) const OTHERS: Caps = Caps {
    default_limit: 100,
    max_limit: 100,
    max_skip: 35_000,
};

/// Activities (assumptions A29 and A30).
pub(super) fn activities(max_skip: usize) -> Caps {
    Caps {
        default_limit: 100,
        max_limit: 100,
        max_skip,
    }
}

/// The requested page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    skip: usize,
    limit: usize,
}

impl Page {
    pub(super) fn read(params: &Params, caps: Caps) -> Result<Page, Refusal> {
        let limit = params.number("_limit", caps.default_limit, caps.max_limit)?;
        let skip = params.number("_skip", 0, usize::MAX)?;
        if skip > caps.max_skip {
            // The sentence was observed.
            let text = format!(
                "The skip you set is larger than the maximum skip for this resource (max_skip = {}).",
                caps.max_skip
            );
            return Err(Refusal::field("_skip", &text));
        }
        Ok(Page { skip, limit })
    }

    /// The rows of the page, and whether there are more.
    pub(super) fn cut<T>(self, rows: impl Iterator<Item = T>) -> (Vec<T>, bool) {
        let mut rows = rows.skip(self.skip);
        let page: Vec<T> = rows.by_ref().take(self.limit).collect();
        let more = rows.next().is_some();
        (page, more)
    }

    /// The response of a list: `data` and `has_more`, no total.
    pub(super) fn answer<T>(
        self,
        rows: impl Iterator<Item = T>,
        fields: &Fields,
        mut render: impl FnMut(T) -> Value,
    ) -> Value {
        let (rows, has_more) = self.cut(rows);
        let data: Vec<Value> = rows
            .into_iter()
            .map(|row| fields.pick(render(row)))
            .collect();
        json!({ "data": data, "has_more": has_more })
    }
}

/// The requested fields. Assumed: a subset, `id` only if requested. Unknown names are ignored.
#[derive(Debug)]
pub(super) struct Fields(Option<Vec<String>>);

impl Fields {
    pub(super) fn read(params: &Params) -> Fields {
        let names = params
            .list("_fields")
            .filter(|names| !names.contains(&"_all"));
        Fields(names.map(|names| names.into_iter().map(str::to_owned).collect()))
    }

    pub(super) fn of(names: Vec<String>) -> Fields {
        Fields(Some(names))
    }

    /// Removes the fields that were not requested.
    pub(super) fn pick(&self, value: Value) -> Value {
        match (&self.0, value) {
            (Some(names), Value::Object(object)) => Value::Object(
                object
                    .into_iter()
                    .filter(|(key, _)| names.contains(key))
                    .collect(),
            ),
            (_, value) => value,
        }
    }
}
