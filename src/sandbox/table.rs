//! Rows in order of creation, with an index by id.

use std::collections::HashMap;

/// A list with an index by id. Removed slots stay empty, so that indexes never change: a higher index was
/// always created later.
#[derive(Debug)]
pub(super) struct Table<T> {
    rows: Vec<Option<T>>,
    indexes: HashMap<String, usize>,
}

impl<T> Table<T> {
    pub(super) fn new() -> Self {
        Table {
            rows: Vec::new(),
            indexes: HashMap::new(),
        }
    }

    /// Inserts a row and returns its index. The id must be new.
    pub(super) fn insert(&mut self, id: String, row: T) -> usize {
        let index = self.rows.len();
        self.rows.push(Some(row));
        self.indexes.insert(id, index);
        index
    }

    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.indexes.get(id).copied()
    }

    pub(super) fn at(&self, index: usize) -> Option<&T> {
        self.rows.get(index)?.as_ref()
    }

    pub(super) fn at_mut(&mut self, index: usize) -> Option<&mut T> {
        self.rows.get_mut(index)?.as_mut()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.indexes.contains_key(id)
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.at(self.index(id)?)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let index = self.index(id)?;
        self.at_mut(index)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<(usize, T)> {
        let index = self.indexes.remove(id)?;
        Some((index, self.rows.get_mut(index)?.take()?))
    }

    pub(super) fn len(&self) -> usize {
        self.indexes.len()
    }

    /// The indexes of all slots, the latest last.
    pub(super) fn indexes(&self) -> std::ops::Range<usize> {
        0..self.rows.len()
    }

    /// The rows, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.rows.iter_mut().flatten()
    }
}
