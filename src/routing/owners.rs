//! The owner of each device: configured, of `me` rows, or inferred from its archives.

use std::collections::BTreeMap;

use super::owner::Owner;
use super::subject::Subject;
use crate::people::contacts::Contacts;

/// The owner of each device with archives. `infer` infers that of a device for which neither the configuration
/// nor a row names one.
pub fn owners<'s>(
    contacts: &Contacts,
    subjects: &[Subject<'s>],
    infer: impl Fn(&str) -> Owner,
) -> BTreeMap<&'s str, Owner> {
    let mut by_device: BTreeMap<&'s str, Vec<Subject<'s>>> = BTreeMap::new();
    for subject in subjects {
        let of_device = by_device.entry(&subject.device.name).or_default();
        of_device.push(*subject);
    }
    let devices = || by_device.values().map(|subjects| subjects[0].device);
    let each = by_device.iter().map(|(name, subjects)| {
        let device = subjects[0].device;
        if !device.owner.is_empty() {
            return (
                *name,
                Owner::from_names(device.owner.iter().map(String::as_str)),
            );
        }
        let mapped: Vec<&str> = (subjects.iter())
            .flat_map(|subject| contacts.me_names(&device.name, subject.name))
            .collect();
        if !mapped.is_empty() {
            return (*name, Owner::from_names(mapped));
        }
        // A name that the configuration gives to another owner is not inferred: the archives are of that phone.
        let inferred = infer(&device.name);
        let mut others = devices().filter(|other| !other.is_separated_from(device));
        let is_of_other = others.any(|other| other.owner.iter().any(|name| inferred.is(name)));
        match is_of_other {
            true => (*name, Owner::default()),
            false => (*name, inferred),
        }
    });
    each.collect()
}
