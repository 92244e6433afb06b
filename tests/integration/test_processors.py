# SPDX-License-Identifier: Apache-2.0
"""Processors: On-Behalf-Of, mandates, and one that would act for both ends of a connection."""
import uuid

import pytest

from client import Caller

BODY = {"pseudonymTypes": ["C"], "records": [{"G": "M", "GD": "19930515", "PC": "1234AA"}]}


def new_organisation(service, kind):
    code = kind[0].upper() + uuid.uuid4().hex[:8].upper()
    service.add_organisation(code, f"A {kind}", kind)
    return code


@pytest.fixture
def world(service):
    """A provider, a registry, a connection and a processor that has no mandate yet."""
    provider, registry, processor = (new_organisation(service, kind)
                                     for kind in ("provider", "registry", "processor"))
    service.add_registry(registry)
    number = service.connect(provider, registry)["number"]
    service.wait_for_policy()
    return provider, registry, processor, str(number)


def mandate(service, processor, principal, *more, check=True):
    made = service.admin_cli("mandate", "create", "--processor", processor, "--principal", principal, *more,
                             check=check)
    service.wait_for_policy()
    return made


def issue(service, who, registry, behalf=None):
    headers = {} if behalf is None else {"On-Behalf-Of": behalf}
    return Caller(service, who).request("POST", f"/v1/registries/{registry}/temporary-pseudonyms", BODY,
                                        headers)


def translate(service, who, registry, body, behalf=None):
    headers = {} if behalf is None else {"On-Behalf-Of": behalf}
    return Caller(service, who).request("POST", f"/v1/registries/{registry}/final-pseudonyms", body,
                                        headers)


def last_event(service, event):
    row = service.pg.sql("SELECT organisation, behalf, role, status FROM schuilnaam.audit_event WHERE "
                         f"event = {event} ORDER BY time DESC LIMIT 1")
    return row.split("|") if "|" in row else row.split()


def test_a_processor_issues_for_a_provider_that_gave_it_a_mandate(service, world):
    provider, registry, processor, _ = world
    assert issue(service, processor, registry, provider).status == 403
    mandate(service, processor, provider)
    answer = issue(service, processor, registry, provider)
    assert answer.status == 200
    assert last_event(service, 200) == [processor, provider, "provider", "200"]
    assert issue(service, processor, registry).status == 403  # for itself it may not
    # The temporary pseudonym names the provider, never its processor.
    record = translate(service, registry, registry, answer.json()).json()["records"][0]
    own = translate(service, registry, registry, issue(service, provider, registry).json()).json()
    assert record["provider"] == own["records"][0]["provider"]
    assert record["pseudonyms"] == own["records"][0]["pseudonyms"]


def test_a_processor_translates_for_a_registry_that_gave_it_a_mandate(service, world):
    provider, registry, processor, _ = world
    issued = issue(service, provider, registry).json()
    assert translate(service, processor, registry, issued, registry).status == 403
    mandate(service, processor, registry)
    answer = translate(service, processor, registry, issued, registry)
    assert answer.status == 200 and "C" in answer.json()["records"][0]["pseudonyms"]
    assert last_event(service, 201) == [processor, registry, "registry", "200"]
    assert translate(service, processor, registry, issued).status == 403


def test_parameters_are_those_of_the_principal(service, world):
    provider, registry, processor, _ = world
    mandate(service, processor, provider)
    answer = Caller(service, processor).request("GET", f"/v1/registries/{registry}/parameters", None,
                                                {"On-Behalf-Of": provider})
    assert answer.json()["caller"]["organisation"] == provider
    assert answer.json()["caller"]["processor"] == processor


@pytest.mark.parametrize("behalf", ["", "NOSUCH", "hosp1", "A" * 17, "HOSP1, HOSP2"])
def test_a_principal_that_is_none_is_the_same_403(service, world, behalf):
    provider, registry, processor, _ = world
    mandate(service, processor, provider)
    assert issue(service, processor, registry, behalf).status == 403


def test_who_is_no_processor_may_not_use_the_header(service, world):
    provider, registry, _, _ = world
    assert issue(service, provider, registry, provider).status == 403
    assert issue(service, "HOSP1", registry, provider).status == 403
    answer = Caller(service, "operator", service.admin).request(
        "GET", "/admin/v1/organisations", None, {"On-Behalf-Of": provider})
    assert answer.status == 403


def test_a_mandate_that_is_suspended_ended_or_not_yet_in_force_permits_nothing(service, world):
    provider, registry, processor, _ = world
    number = str(mandate(service, processor, provider, "--from", "2090-01-01")["number"])
    assert issue(service, processor, registry, provider).status == 403
    for words, status in ((("--from", "2020-01-01"), 200), (("--state", "suspended"), 403),
                          (("--state", "active"), 200), (("--until", "2021-01-01"), 403)):
        service.admin_cli("mandate", "change", number, *words)
        service.wait_for_policy()
        assert issue(service, processor, registry, provider).status == status, words
    service.admin_cli("mandate", "end", number)
    service.wait_for_policy()
    assert issue(service, processor, registry, provider).status == 403


def test_a_mandate_for_both_ends_is_refused_without_a_reason(service, world):
    provider, registry, processor, _ = world
    mandate(service, processor, provider)
    code, _ = mandate(service, processor, registry, check=False)
    assert code == 65
    answer = Caller(service, "operator", service.admin).request(
        "POST", "/admin/v1/mandates", {"processor": processor, "principal": registry})
    assert answer.status == 409 and "bothEndsReason" in answer.json()["detail"]
    mandate(service, processor, registry, "--both-ends-reason", "a pilot of three months")
    issued = issue(service, processor, registry, provider)
    assert issued.status == 200
    assert translate(service, processor, registry, issued.json(), registry).status == 200
    detail = service.pg.sql("SELECT detail FROM schuilnaam.audit_event WHERE event = 392 AND outcome = 'ok' "
                            "ORDER BY time DESC LIMIT 1")
    assert "a pilot of three months" in detail


def test_a_connection_that_gives_a_processor_both_ends_is_refused_without_a_reason(service, world):
    provider, _, processor, _ = world
    other = new_organisation(service, "registry")
    service.add_registry(other)
    mandate(service, processor, provider)
    mandate(service, processor, other)
    words = ("connection", "create", "--provider", provider, "--registry", other, "--types", "C")
    assert service.admin_cli(*words, check=False)[0] == 65
    service.admin_cli(*words, "--both-ends-reason", "agreed with both")
    service.wait_for_policy()
    assert issue(service, processor, other, provider).status == 200


def test_an_end_itself_cannot_act_for_the_other_end(service, world):
    provider, registry, _, _ = world
    assert mandate(service, registry, provider, check=False)[0] == 65
    assert mandate(service, provider, registry, check=False)[0] == 65


def test_the_reason_cannot_be_taken_away_while_it_is_needed(service, world):
    provider, registry, processor, _ = world
    mandate(service, processor, provider)
    number = str(mandate(service, processor, registry, "--both-ends-reason", "for now")["number"])
    issued = issue(service, processor, registry, provider)
    assert issued.status == 200
    assert Caller(service, "operator", service.admin).request(
        "PATCH", f"/admin/v1/mandates/{number}", {"bothEndsReason": None}).status == 409
    service.admin_cli("mandate", "change", number, "--both-ends-reason", "for now, still")


def test_the_client_acts_for_another_with_an_option(service, world, tmp_path):
    provider, registry, processor, _ = world
    mandate(service, processor, provider)
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("sex,born,postcode\nM,19930515,1234AA\n")
    words = ("issue", "--registry", registry, "--types", "C", "--map", "G=sex", "--map", "GD=born", "--map",
             "PC=postcode", str(source), "-o", str(target))
    assert service.cli(processor, *words, check=False)[0] == 77
    assert service.cli(processor, "--on-behalf-of", provider, *words)[0] == 0
    assert "T-C-" in target.read_text()
    assert service.cli(processor, "--on-behalf-of", "A\nB: c", *words, check=False)[0] == 64
