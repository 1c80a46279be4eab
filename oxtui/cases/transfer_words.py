"""The text that the packing of an `oxtui:` line may refer back to: part of its version, so it never changes."""

from __future__ import annotations

from typing import Final

_ONE: Final = (
    b"oxtuianswers,mailboxesaddedremovedoxyesnounknownopeneddomainplaybookdetailsphonecontactsalesforc"
    b'ejira"call-ended",{}],"auth-failed",{"reason":"","revoked","resumed","reopened","unwound","undon'
    b'e",{"entry":"note",{"text":"hold",{"for":"until":"2026-"reason":""}],"closed",{"ending":"complet'
    b'e","told":"","skipped":[],"left":[]}],"copied",{"template":"o365-reversal","ox-mail-resync","ox-'
    b'mail-issues","item":"missing":[],"mailboxes":[]}],"evidence",{"evidence":{"domain":"resolver":":'
    b'53","asked_at":"ns":["mx":[{"host":".mail.protection.outlook.com","preference":0,"owner":"office'
    b'365","problem":""}],"error":null,"spf":"v=spf1 include:spf.protection.outlook.com -all","autodis'
    b'cover":"autodiscover.outlook.com","dns_with_us":true,"notes":[],"autodiscover_owner":"office365"'
    b'}}],"quote",{"scenario":2,"item":"quote","quote":{"current":"ox-deluxe-yearly","m365-essentials-'
    b'monthly","new":"m365-business-basic-yearly","current_term":"new_term":"monthly","yearly","curren'
    b't_price":"new_price":"priced_on":"2026-"months_used":null,"since":null,"rule":"P5","rule_text":"'
    b'basis":"months used","covered":true,"discount":"first_invoice":"working":["say":"nbs":[],"given_'
    b'by":{"name":"reference":"}}],"scenario",{"scenario":2}],"flow",{"answers":{"moved":"done","want"'
    b':"office-365"}}],"call",{"mode":"back-office","client","method":"PIN","caller":""}],"skipped",{"'
    b'scenario":1,"item":"reason":"deferred",{"scenario":2,"item":"until":"line",{"template":"key":"va'
    b'lue":"ticked",{"scenario":2,"item":"order","values":{},"through":"SalesDB","client console","by"'
    b':"me"}],"client-confirms","cancel-ox-mail","jira-result","value":["completed"],"mailboxes":["ans'
    b'wered",{"scenario":3,"item":"answered",{"scenario":2,"item":"dns-office-365","value":["yes"],"to'
    b'ld":"","from":""}]'
)

_TWO: Final = (
    b'"uncovered":{"known":{"essentials":"yes","ox-mail":"unknown","reasons":{"mistyped","removed","not-part"},"renam'
    b'ed":{"reference":"","written_at":"despite":[],"boards":{"1":{"2":{"stale":[["3":{"asked":[["1234","licences"]],"'
    b'34","evidence"]]}}],"parked",{}],"still-there",{}],"licences",{"count":"covered",{"covered":true,"mailboxes":["n'
    b'ot-yet",{"scenario":2,"corrected",{"taken-back",{"scenario":2,"item":"settled",{"scenario":2,"item":"order","way'
    b'":"2","told":"","values":{},"licences":1,"effects":{"word":{"who":"when":"authenticated":true},"told_at":"+11:00'
    b'"copying",{"template":"o365-reversal","item":"jira","scenario":2,"missing":[],"mailboxes":["copied",{"template":'
    b'"o365-reversal","item":"jira-again","scenario":2,"missing":[],"mailboxes":["begun":"how":"system"}],"cleared",{"s'
    b'cenario":2,"item":"cancel-ox-mail","shown":["mailboxes":["ticked",{"scenario":2,"item":"cancel-ox-mail","clearin'
    b'g":"by":"me","values":{},"effects":{}}],"ticked",{"scenario":1,"item":"tell-team","values":{"order":"jira":"HOST'
    b'-"},"through":"chat","Salesforce","client console","SalesDB","by":"me","licences":1,"effects":{}}],"closed",{"en'
    b'ding":"complete","told":"","skipped":[],"left":[]}],"call",{"mode":"client","method":"PIN","caller":""}],"back-o'
    b'ffice","scenario",{"scenario":2,"boards":{}}],"answered",{"scenario":3,"item":"issue","mailboxes":["value":["mis'
    b'sing-mail"],"told":"","effects":{}}],"answered",{"scenario":1,"item":"billed-now","value":["monthly"],"told":"","'
    b'effects":{}}],"answered",{"scenario":2,"item":"jira-result","mailboxes":["value":["returned"],"told":"the","effe'
    b'cts":{"ended":[["client-confirms","renewed":[["jira","stale":[["order-completed","order-again","cannot-send-or-re'
    b'ceive"],"old-mail-missing"],"with-us"],"could-not"],"works"],"told":"","saw":"yes","effects":{}}],"answered",{"sc'
    b'enario":2,"item":"dns-office-365","value":["yes"],"told":"","effects":{}}],'
)

WORDS: Final = {1: _ONE, 2: _ONE + _TWO}
"""By version of the line."""
