//! Records in order of creation, found by id.

use std::collections::HashMap;

/// A list with an index by id. Removed places stay empty, so that positions never move: a higher
/// position was always created later.
#[derive(Debug)]
pub(super) struct Table<T> {
    rows: Vec<Option<T>>,
    places: HashMap<String, usize>,
}

impl<T> Table<T> {
    pub(super) fn new() -> Self {
        Table {
            rows: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Puts a record in and gives its position. The id must be new.
    pub(super) fn insert(&mut self, id: String, row: T) -> usize {
        let place = self.rows.len();
        self.rows.push(Some(row));
        self.places.insert(id, place);
        place
    }

    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    pub(super) fn at(&self, place: usize) -> Option<&T> {
        self.rows.get(place)?.as_ref()
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut T> {
        self.rows.get_mut(place)?.as_mut()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.places.contains_key(id)
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.at(self.place(id)?)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let place = self.place(id)?;
        self.at_mut(place)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<(usize, T)> {
        let place = self.places.remove(id)?;
        Some((place, self.rows.get_mut(place)?.take()?))
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The positions that were ever given, the latest last.
    pub(super) fn places(&self) -> std::ops::Range<usize> {
        0..self.rows.len()
    }

    /// The records, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.rows.iter_mut().flatten()
    }
}
