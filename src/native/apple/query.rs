//! The query for all messages with their chats, senders and media, as far as the database has the columns.
//!
//! The numbers of its columns are used in `reading` and `message`.

use crate::native::sqlite::Database;

pub(super) fn query(database: &Database) -> String {
    let m = |column: &str| database.column("ZWAMESSAGE", "m", column);
    let s = |column: &str| database.column("ZWACHATSESSION", "s", column);
    let has_members = database.has_column("ZWAGROUPMEMBER", "Z_PK")
        && database.has_column("ZWAMESSAGE", "ZGROUPMEMBER");
    // A message references its media item, or the item its message: either the column or its value may be
    // missing.
    let by_message = database.has_column("ZWAMESSAGE", "ZMEDIAITEM");
    let by_item = database.has_column("ZWAMEDIAITEM", "ZMESSAGE");
    let has_media = database.has_column("ZWAMEDIAITEM", "Z_PK") && (by_message || by_item);
    let g = |column: &str| match has_members {
        true => database.column("ZWAGROUPMEMBER", "g", column),
        false => "NULL".to_owned(),
    };
    let i = |column: &str| match has_media {
        true => database.column("ZWAMEDIAITEM", "i", column),
        false => "NULL".to_owned(),
    };
    let has_parent = database.has_column("ZWAMESSAGE", "ZPARENTMESSAGE");
    format!(
        "SELECT m.Z_PK, m.ZSTANZAID, {from_me}, m.ZMESSAGEDATE, {kind}, NULL, s.ZCONTACTJID, {identifier}, \
         {session}, {partner}, {words}, {member}, {member_name}, {local}, {title}, {vcard}, {latitude}, {longitude}, \
         {metadata}, {parent}, {from}, {event}, s.Z_PK, {vcard_name} \
         FROM ZWAMESSAGE m LEFT JOIN ZWACHATSESSION s ON s.Z_PK = m.ZCHATSESSION {members} {media} {parents} \
         ORDER BY m.Z_PK",
        from_me = m("ZISFROMME"),
        kind = m("ZMESSAGETYPE"),
        identifier = s("ZCONTACTIDENTIFIER"),
        session = s("ZSESSIONTYPE"),
        partner = s("ZPARTNERNAME"),
        words = m("ZTEXT"),
        member = g("ZMEMBERJID"),
        member_name = g("ZCONTACTNAME"),
        local = i("ZMEDIALOCALPATH"),
        title = i("ZTITLE"),
        vcard = i("ZVCARDSTRING"),
        latitude = i("ZLATITUDE"),
        longitude = i("ZLONGITUDE"),
        metadata = i("ZMETADATA"),
        parent = if has_parent { "p.ZSTANZAID" } else { "NULL" },
        from = m("ZFROMJID"),
        event = m("ZGROUPEVENTTYPE"),
        vcard_name = i("ZVCARDNAME"),
        members = match has_members {
            true => "LEFT JOIN ZWAGROUPMEMBER g ON g.Z_PK = m.ZGROUPMEMBER",
            false => "",
        },
        // Grouped once instead of one look-up per message, since these tables have no index. SQLite builds one
        // for numbers itself.
        media = match (has_media, by_item) {
            (false, _) => String::new(),
            (true, false) => "LEFT JOIN ZWAMEDIAITEM i ON i.Z_PK = m.ZMEDIAITEM".to_owned(),
            (true, true) => format!(
                "LEFT JOIN (SELECT CAST(x.ZMESSAGE AS INTEGER) of, min(x.Z_PK) item FROM ZWAMEDIAITEM x GROUP BY 1) t ON t.of = m.Z_PK \
                 LEFT JOIN ZWAMEDIAITEM i ON i.Z_PK = COALESCE({}, t.item)",
                m("ZMEDIAITEM")
            ),
        },
        parents = match has_parent {
            true => "LEFT JOIN ZWAMESSAGE p ON p.Z_PK = m.ZPARENTMESSAGE",
            false => "",
        },
    )
}
