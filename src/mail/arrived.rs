//! A mail of ours as it arrived: what the receiver found out about it, and what the way did to it.
//!
//! Of several Authentication-Results (RFC 8601) the topmost counts: the receiver's own server wrote it last.

use mail_parser::{Message, MessageParser, MimeHeaders};

use super::authentication::aligned;
use super::fields::{addresses, deep, header_texts};
use crate::domain::finding::Finding;
use crate::domain::mailbox::Mailbox;

/// Services that put their own link in place of every link.
const REWRITERS: &[&str] = &[
    "safelinks.protection.outlook.com",
    "urldefense.com",
    "urldefense.proofpoint.com",
    "linkprotect.cudasvc.com",
    "protect.mimecast.com",
    "clicktime.symantec.com",
    "awstrack.me",
    "list-manage.com",
    "sendgrid.net",
    "mailgun.org",
    "sendibt2.com",
    "mjt.lu",
    "mandrillapp.com",
    "secure-web.cisco.com",
];

/// Looks at what arrived. `from` is the address we write from, `base_url` ours, without a slash at its end.
pub fn examine(octets: &[u8], from: &Mailbox, base_url: &str) -> Vec<Finding> {
    let message = if deep(octets) { None } else { MessageParser::default().parse(octets) };
    let message = message.filter(|message| message.from().is_some());
    let Some(message) = message else {
        let advice = "save the mail whole, with its headers: \"Download message\", \"Show original\", \"Save as .eml\"";
        return vec![Finding::fail("message", "the file is no mail", advice)];
    };
    let from_finding = sender(&message, from);
    let results = header_texts(&message, "Authentication-Results").next();
    let mut findings = vec![from_finding];
    findings.extend(["spf", "dkim", "dmarc"].map(|method| verdict(results.as_deref(), method)));
    findings.extend([signature(&message, from.domain()), list_headers(&message), one_click(&message, base_url)]);
    findings.extend([alternatives(&message), links(&message, base_url)]);
    findings.extend(spam(&message));
    findings
}

fn sender(message: &Message<'_>, from: &Mailbox) -> Finding {
    let found: Vec<String> = header_texts(message, "From").flat_map(|value| addresses(&value)).collect();
    match &found[..] {
        [one] if one.eq_ignore_ascii_case(&from.to_string()) => Finding::ok("From", format!("{one}, as it was sent")),
        _ => Finding::fail(
            "From",
            format!("it is {}, not {from}", found.join(", ")),
            "the relay puts its own there: set ALLIM_FROM to an address the relay lets you use, or this is another mail",
        ),
    }
}

/// What the receiver's server found by one method.
fn verdict(results: Option<&str>, method: &'static str) -> Finding {
    let check = match method {
        "spf" => "SPF",
        "dkim" => "DKIM",
        _ => "DMARC",
    };
    let Some(results) = results else {
        let advice = "send it to a mailbox elsewhere, at a large provider, which checks what comes";
        return Finding::warn(check, "the receiver tells nothing (no Authentication-Results)", advice);
    };
    let result = results.split(';').filter_map(|part| part.trim_start().strip_prefix(method)?.strip_prefix('='));
    let words: Vec<&str> = result.map(|rest| rest.split([' ', '(']).next().unwrap_or(rest)).collect();
    match () {
        () if words.contains(&"pass") => Finding::ok(check, "pass"),
        () if words.is_empty() => Finding::warn(check, "not looked at by the receiver", "try a mailbox elsewhere"),
        () => {
            let advice = match method {
                "spf" => "the relay's servers are not named in the SPF record of the envelope's domain",
                "dkim" => "let the relay sign for your domain, and publish its key as it says",
                _ => "neither SPF nor DKIM passed for the domain of the From: most receivers will drop or hide it",
            };
            let says = words.join(", ");
            if method == "dmarc" { Finding::fail(check, says, advice) } else { Finding::warn(check, says, advice) }
        }
    }
}

fn signature(message: &Message<'_>, domain: &str) -> Finding {
    let check = "DKIM-Signature";
    let tag = |value: &str, name: &str| {
        let found =
            value.split(';').find_map(|tag| tag.trim().split_once('=').filter(|(known, _)| known.trim() == name));
        found.map(|(_, value)| value.split_whitespace().collect::<String>().to_lowercase())
    };
    let signatures: Vec<String> = header_texts(message, "DKIM-Signature").collect();
    let domains: Vec<String> = signatures.iter().filter_map(|value| tag(value, "d")).collect();
    let Some(ours) = signatures.iter().find(|value| tag(value, "d").is_some_and(|d| aligned(domain, &d, false))) else {
        return match domains.is_empty() {
            true => Finding::fail(check, "none", "let the relay sign: most large receivers want it"),
            false => Finding::warn(
                check,
                format!("by {}, not by {domain}", domains.join(", ")),
                "it says nothing for your From: let the relay sign for your domain",
            ),
        };
    };
    let signed = tag(ours, "h").unwrap_or_default();
    let missing: Vec<&str> = ["from", "list-unsubscribe", "list-unsubscribe-post"]
        .into_iter()
        .filter(|name| header_texts(message, name).next().is_some() && !signed.split(':').any(|one| one == *name))
        .collect();
    let d = tag(ours, "d").unwrap_or_default();
    if missing.is_empty() {
        return Finding::ok(check, format!("by {d}, which is aligned"));
    }
    Finding::warn(
        check,
        format!("by {d}, but without {}", missing.join(", ")),
        "one-click unsubscription is shown only where it is signed (RFC 8058): ask the relay to sign these too",
    )
}

fn list_headers(message: &Message<'_>) -> Finding {
    let names = ["List-Id", "List-Unsubscribe", "Auto-Submitted", "Message-ID", "Date"];
    let lost: Vec<&str> = names.into_iter().filter(|name| header_texts(message, name).next().is_none()).collect();
    if lost.is_empty() {
        return Finding::ok("headers", "List-Id, List-Unsubscribe, Auto-Submitted are there");
    }
    let advice = "the relay took them out, or the mail was saved without its headers";
    Finding::fail("headers", format!("{} is missing", lost.join(", ")), advice)
}

fn one_click(message: &Message<'_>, base_url: &str) -> Finding {
    let check = "one-click";
    let target = header_texts(message, "List-Unsubscribe").next().unwrap_or_default();
    let post = header_texts(message, "List-Unsubscribe-Post").next();
    if !base_url.starts_with("https://") {
        return Finding::warn(check, "left out, since the base URL is not https", "put the service behind TLS");
    }
    match post {
        Some(post) if post.eq_ignore_ascii_case("List-Unsubscribe=One-Click") && target.contains(base_url) => {
            Finding::ok(check, "List-Unsubscribe and its POST are as they were sent")
        }
        Some(_) => Finding::fail(
            check,
            format!("List-Unsubscribe leads to {target}, not to {base_url}"),
            "the relay put its own unsubscription there: switch that off, or people leave its list and not yours",
        ),
        None => Finding::fail(check, "List-Unsubscribe-Post is missing", "ask the relay to leave it as it is"),
    }
}

fn alternatives(message: &Message<'_>) -> Finding {
    let kinds: Vec<String> = message
        .parts
        .iter()
        .filter_map(|part| part.content_type())
        .map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("")).to_lowercase())
        .collect();
    let has = |kind: &str| kinds.iter().any(|one| one == kind);
    if has("multipart/alternative") && has("text/plain") && has("text/html") {
        return Finding::ok("alternatives", "text and HTML");
    }
    Finding::fail("alternatives", format!("only {}", kinds.join(", ")), "something on the way rewrites whole messages")
}

fn links(message: &Message<'_>, base_url: &str) -> Finding {
    let check = "links";
    let text: String = message.text_bodies().filter_map(|part| part.text_contents()).collect();
    let html: String = message.html_bodies().filter_map(|part| part.text_contents()).collect();
    let links = |text: &str| -> Vec<String> {
        let starts = text.match_indices("http").map(|(at, _)| &text[at..]);
        let ended = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')');
        let link = |rest: &str| rest.split(ended).next().unwrap_or("").to_owned();
        starts.map(link).filter(|link| link.starts_with("http://") || link.starts_with("https://")).collect()
    };
    let all: Vec<String> = links(&text).into_iter().chain(links(&html)).collect();
    let host = |link: &str| url::Url::parse(link).ok().and_then(|url| url.host_str().map(str::to_owned));
    let rewritten = all
        .iter()
        .filter_map(|link| host(link))
        .find(|host| REWRITERS.iter().any(|known| host == known || host.ends_with(&format!(".{known}"))));
    if let Some(host) = rewritten {
        return Finding::fail(
            check,
            format!("they were made to lead through {host}"),
            "at the relay, switch off click tracking; where the receiver's own institution does it, nothing is to be done",
        );
    }
    let ours = |text: &str| links(text).iter().any(|link| link.starts_with(base_url));
    if ours(&text) && ours(&html) {
        return Finding::ok(check, "as they were sent");
    }
    Finding::warn(check, format!("none leads to {base_url}"), "they were rewritten, or this is another mail")
}

fn spam(message: &Message<'_>) -> Option<Finding> {
    let says = |name: &str| header_texts(message, name).next().unwrap_or_default().to_lowercase();
    let called = says("X-Spam-Flag").starts_with("yes") || says("X-Spam-Status").starts_with("yes");
    let advice = "see the scores beside it; a new domain needs some weeks of mail that people open";
    called.then(|| Finding::warn("spam filter", "the receiver called it spam", advice))
}
