//! Lua (`app_lua`).

use super::Language;
use crate::differences::differs;

const LUA: Language = Language {
    module: "app_lua",
    engine: "lua",
    file: "routes.lua",
    script: r#"
function ksr_request_route()
    local method = KSR.pv.get("$rm")
    if method == "OPTIONS" then
        KSR.sl.sl_send_reply(200, "OK")
    elseif method == "REGISTER" then
        KSR.registrar.save("location", 0)
        KSR.info("m_dump returned " .. tostring(DUMP) .. "\n")
    elseif method == "MESSAGE" and KSR.is_myself_ruri() then
        if KSR.registrar.lookup("location") > 0 then
            KSR.tm.t_relay()
        else
            KSR.tm.t_newtran()
            local stored = STORE
            KSR.info("m_store returned " .. tostring(stored) .. "\n")
            KSR.tm.t_reply(stored > 0 and 202 or 503, "Done")
        end
    else
        KSR.tm.t_relay()
    end
    return 1
end

function ksr_msilo_event(event)
    local value = function(name) return tostring(KSR.pv.get("$msilo(" .. name .. ")")) end
    KSR.info("EVENT " .. event .. " id=" .. value("id") .. " owner=" .. value("owner") .. " code=" .. value("code") .. "\n")
    return 1
end
"#,
};

#[test]
fn mstore_and_mdump_store_and_deliver() {
    super::expect_delivery(&LUA, super::MSTORE, super::MDUMP);
}

#[test]
fn mstore_uri_and_mdump_uri_store_and_deliver() {
    super::expect_delivery_with_uris(&LUA);
}

#[test]
fn mstore_uri_stores_into_the_inbox_it_is_given() {
    super::expect_owner_stored(&LUA);
}

/// C has it from Kamailio 5.8 on.
#[test]
fn mstore_addrs_stores_under_its_kemi_name() {
    differs(|| super::expect_addresses_stored(&LUA));
}

#[test]
fn mstore_returns_minus_one_for_an_empty_body() {
    super::expect_empty_body_refused(&LUA);
}

#[test]
fn mdump_returns_minus_one_for_a_register_that_removes_its_contact() {
    super::expect_leaving_contact_gets_nothing(&LUA);
}

#[test]
fn the_event_callback_hears_of_deliveries() {
    differs(|| super::expect_events(&LUA));
}

#[test]
fn behind_mstore_a_script_can_ask_for_the_row() {
    differs(|| {
        let store = r#"(function()
                local stored = KSR.msilo.mstore()
                local value = function(name) return tostring(KSR.pv.get("$msilo(" .. name .. ")")) end
                KSR.info("row " .. value("id") .. " of " .. value("count") .. "\n")
                return stored
            end)()"#;
        let Some(server) = LUA.server(store, super::MDUMP) else { return };
        server.agent("alice").message("bob").text("hello").send().expect_code(202);
        let id = server.table().only_row().id;
        server.wait_for_log(&format!("row {id} of 1"));
    });
}
