//! Pages of a long list: the part that is shown, and the addresses of the parts around it.

use std::collections::HashMap;
use std::ops::Range;

use crate::quantity::number;

/// The part of a list that a page shows, in words, and its neighbours.
pub(super) struct Pages {
    pub(super) text: String,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

/// The number of the page that a query requests, from 1.
pub(super) fn requested(query: &HashMap<String, String>) -> usize {
    let page = query.get("page").and_then(|page| page.parse().ok());
    page.unwrap_or(1).max(1)
}

/// The items of a page of a list of `all`; the last page where there are fewer. The second value is `None` where the
/// list fits one page.
pub(super) fn part(
    path: &str,
    things: &str,
    all: usize,
    size: usize,
    page: usize,
) -> (Range<usize>, Option<Pages>) {
    let last = all.div_ceil(size).max(1);
    let page = page.min(last);
    let range = (page - 1) * size..(page * size).min(all);
    if last == 1 {
        return (range, None);
    }
    let url = |page: usize| format!("{path}?page={page}");
    let pages = Pages {
        text: format!(
            "{things} {} to {} of {}.",
            number(range.start as u64 + 1),
            number(range.end as u64),
            number(all as u64)
        ),
        previous: (page > 1).then(|| url(page - 1)),
        next: (page < last).then(|| url(page + 1)),
    };
    (range, Some(pages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_list_once() {
        for all in [0, 1, 4, 5, 6, 10, 11] {
            let mut covered = 0;
            let mut page = 1;
            loop {
                let (range, pages) = part("/x", "Messages", all, 5, page);
                assert_eq!(range.start, covered);
                covered = range.end;
                if pages.and_then(|pages| pages.next).is_none() {
                    break;
                }
                page += 1;
            }
            assert_eq!(covered, all);
        }
    }

    #[test]
    fn page_behind_the_end_is_the_last() {
        let (range, pages) = part("/x", "Messages", 11, 5, 99);
        let pages = pages.unwrap();
        assert_eq!((range, pages.next), (10..11, None));
        assert_eq!(pages.previous.as_deref(), Some("/x?page=2"));
        assert_eq!(pages.text, "Messages 11 to 11 of 11.");
        assert_eq!(requested(&HashMap::from([("page".into(), "0".into())])), 1);
    }
}
