//! Lead merges: `GET /activity/lead_merge/`, to find the lead that another one was merged into.
//!
//! See docs/reference/close-api.md, "Leads".

use serde::Deserialize;

use super::client::{Call, Client};
use super::error::Failure;
use super::outcome::RequestKind;
use super::wire::Page;
use crate::ids::LeadId;

const MERGES: &str = "GET /activity/lead_merge/";

/// The page size: the default, and possibly the maximum (assumption A29).
const LIMIT: usize = 100;

/// Maximum number of pages: 10,000 merges.
const PAGES: usize = 100;

impl Client {
    /// The lead that `lead` was merged into, over any number of merges; `None` if Close lists no merge of it. The
    /// lead that is found may have been deleted.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub async fn merged_into(&self, lead: &LeadId) -> Result<Option<LeadId>, Failure> {
        #[derive(Deserialize)]
        struct Merge {
            #[serde(default)]
            source_lead_id: Option<LeadId>,
            #[serde(default)]
            destination_lead_id: Option<LeadId>,
            #[serde(default)]
            lead_id: Option<LeadId>,
        }
        let mut merges: Vec<(LeadId, LeadId)> = Vec::new();
        for page in 0..PAGES {
            let (limit, skip) = (LIMIT.to_string(), (page * LIMIT).to_string());
            let mut call = Call::new(RequestKind::Read, MERGES).query("_limit", &limit);
            if page > 0 {
                call = call.query("_skip", &skip);
            }
            let page: Page<Merge> = self.send_json(&call).await?;
            let is_last = !page.has_more || page.data.is_empty();
            // The activity belongs to the lead that remains.
            merges.extend(page.data.into_iter().filter_map(|merge| {
                let into = merge.destination_lead_id.or(merge.lead_id)?;
                Some((merge.source_lead_id?, into))
            }));
            if is_last {
                break;
            }
        }
        Ok(follow(&merges, lead))
    }
}

/// The end of the chain of merges that begins with `lead`. Merges are sorted newest first; each deletes a lead
/// permanently, so none is followed twice.
fn follow(merges: &[(LeadId, LeadId)], lead: &LeadId) -> Option<LeadId> {
    let mut at = lead;
    for _ in 0..merges.len() {
        match merges.iter().find(|(from, _)| from == at) {
            Some((_, into)) => at = into,
            None => break,
        }
    }
    (at != lead).then(|| at.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_followed_to_its_end_and_a_circle_ends() {
        let merges = |pairs: &[(&str, &str)]| -> Vec<(LeadId, LeadId)> {
            let pairs = pairs.iter();
            pairs.map(|(a, b)| ((*a).into(), (*b).into())).collect()
        };
        let chain = merges(&[("b", "c"), ("a", "b")]);
        assert_eq!(follow(&chain, &"a".into()), Some("c".into()));
        assert_eq!(follow(&chain, &"c".into()), None);
        assert_eq!(
            follow(&merges(&[("a", "b"), ("b", "a")]), &"a".into()),
            None
        );
    }
}
