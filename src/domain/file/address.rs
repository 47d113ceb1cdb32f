//! Addresses of a programme file: pages, mailboxes, the domain of its UIDs.

use email_address::EmailAddress;
use url::Url;

use super::cursor::{Cursor, Value};
use super::meant::brief;
use super::value::line;

pub(super) fn url(cursor: &mut Cursor, value: &Value<'_>) -> Option<Url> {
    let text = line(cursor, value)?;
    match link(&text) {
        Ok(url) => Some(url),
        Err((what, help)) => {
            cursor.error(value.span(), what, help);
            None
        }
    }
}

/// The address of a page, or what is wrong with it and what to write instead.
fn link(text: &str) -> Result<Url, (String, String)> {
    let example = || "write the whole address, such as https://example.org/page".to_owned();
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    if text.contains([' ', '\t']) {
        return Err((
            format!("{} has a blank in it", brief(text)),
            "delete it, or write %20 where it belongs to the address".to_owned(),
        ));
    }
    if !matches!(scheme.as_str(), "http" | "https") {
        let host = text.split(['/', ':']).next().unwrap_or("");
        let after = text.strip_prefix("//").unwrap_or(text);
        let is_port =
            text[host.len()..].strip_prefix(':').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        return Err(if scheme.is_empty() || is_port || host.contains('.') || text.starts_with("//") {
            ("an address begins with https://".to_owned(), format!("write \"https://{after}\""))
        } else {
            (format!("an address of the kind {scheme}: cannot be linked"), example())
        });
    }
    // A browser would forgive these; what is printed in a calendar is not mended by one.
    let rest = &text[scheme.len() + 1..];
    let Some(rest) = rest.strip_prefix("//").filter(|rest| !rest.starts_with(['/', '?', '#']) && !rest.is_empty())
    else {
        let host = rest.trim_start_matches('/');
        let help = if host.contains('.') && !host.starts_with('.') && !rest.starts_with("///") {
            format!("write \"{scheme}://{host}\"")
        } else {
            example()
        };
        return Err(("the name of the site is missing, or not set off by //".to_owned(), help));
    };
    match Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            let what = "an address that everybody sees must not hold a name or a password".to_owned();
            Err((what, format!("write \"{scheme}://{host}\"")))
        }
        Ok(url) if url.has_host() => Ok(url),
        Ok(_) => Err((format!("{} has no site", brief(text)), example())),
        Err(error) => Err((format!("{} is no address of a page: {error}", brief(text)), example())),
    }
}

pub(super) fn mailbox(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = line(cursor, value)?;
    let options = email_address::Options::default().without_display_text();
    let error = match EmailAddress::parse_with_options(&text, options) {
        Ok(address) => return Some(address.to_string()),
        Err(error) => error,
    };
    let alone = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address.trim());
    let first = text.split([',', ';', ' ']).find(|part| part.contains('@'));
    let (what, help) = match (alone, first) {
        (Some(alone), _) => ("an address stands alone, without a name".to_owned(), format!("write \"{alone}\"")),
        _ if text.matches('@').count() > 1 => {
            let first = first.unwrap_or("name@example.org");
            ("one address only can stand here".to_owned(), format!("write one of them, such as \"{first}\""))
        }
        _ if !text.contains('@') => {
            (format!("the @ is missing in {}", brief(&text)), "write it as \"name@example.org\"".to_owned())
        }
        _ => {
            let reason = error.to_string().trim_end_matches('.').to_lowercase();
            let what = format!("{} is no mail address: {reason}", brief(&text));
            (what, "write it as \"name@example.org\"".to_owned())
        }
    };
    cursor.error(value.span(), what, help);
    None
}

/// A domain as DNS has it: labels of letters, digits and inner hyphens, 63 of them at most.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
        // Figures alone are an address of the network.
        && !text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
}

pub(super) fn domain(cursor: &mut Cursor, value: &Value<'_>) -> Option<String> {
    let text = line(cursor, value)?;
    if is_domain(&text) {
        return Some(text);
    }
    let host = match Url::parse(&text) {
        Ok(url) if url.has_host() => url.host_str().map(str::to_owned),
        _ => match url::Host::parse(text.split('/').next().unwrap_or("").trim_end_matches('.')) {
            Ok(url::Host::Domain(domain)) => Some(domain),
            _ => None,
        },
    };
    let (what, help) = match host.filter(|host| is_domain(host)) {
        Some(host) if host.eq_ignore_ascii_case(&text) || !text.is_ascii() => {
            ("a UID is written in ASCII, in small letters".to_owned(), format!("write \"{host}\""))
        }
        Some(host) => (format!("{} is more than a domain", brief(&text)), format!("write \"{host}\"")),
        None => (
            format!("{} is no domain", brief(&text)),
            "write the host of the workshop's page, such as \"example.org\"".to_owned(),
        ),
    };
    cursor.error(value.span(), what, help);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_a_browser_would_guess_at_are_refused() {
        for bad in
            ["https:///logo.png", "https:example.org", "https://a b.org/", "https://ada:x@example.org/", "//x.org"]
        {
            assert!(link(bad).is_err(), "{bad}");
        }
        assert!(link("https://example.org/2025?a=b#c").is_ok());
    }

    #[test]
    fn domains_are_those_of_the_dns() {
        for bad in ["exa_mple.org", "example.org.", "localhost", "192.0.2.1", &format!("{}.org", "a".repeat(70))] {
            assert!(!is_domain(bad), "{bad}");
        }
        assert!(is_domain("a-workshop.example.org"));
    }
}
