package dev.stampede.http.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Paths that can be read in one way only. */
class WellFormedTest {
    @Test
    void pathsThatAreServed() {
        for (String path : List.of(
                "/",
                "/v1/programs/demo/accounts/m-1",
                "/v1/programs/demo/accounts/m.1_2~3/earn",
                "/v1/programs/demo/accounts/..m",
                "/v1/programs/demo/accounts/m..",
                "/q/swagger-ui/",
                "/v1/programs/demo/accounts/caf%C3%A9",
                "/v1/programs/demo/accounts/a%20b",
                "/v1/programs/demo/accounts/a%3fb",
                "/v1/a:b@c!$&'()*+,=")) {
            assertNull(WellFormed.flawOfPath(path), path);
        }
    }

    @Test
    void pathsThatAreRefused() {
        for (String path : List.of(
                "//",
                "//v1/programs",
                "/v1//programs",
                "/v1/programs//",
                "/v1/programs/demo/accounts/m-1/",
                "/v1/./programs",
                "/v1/../programs",
                "/..",
                "/.",
                "/v1/..",
                "/v1/programs/.",
                "/v1/%2e%2e/programs",
                "/v1/%2E/programs",
                "/v1/.%2e/programs",
                "/v1/programs/d%65mo",
                "/v1/programs/%31",
                "/v1/programs/a%2db",
                "/v1/programs/a%5Fb",
                "/v1/programs/a%7eb",
                "/v1/programs/demo;x",
                "/v1/programs/demo;x=y/accounts/m",
                "/v1/programs/demo%3bx",
                "/v1/programs/demo%2faccounts",
                "/v1/programs/demo%5caccounts",
                "/v1/programs/demo\\accounts",
                "/v1/programs/a%00b",
                "/v1/programs/a%0ab",
                "/v1/programs/a%7fb",
                "/v1/programs/a%",
                "/v1/programs/a%2",
                "/v1/programs/a%zz",
                "/v1/programs/a%-1",
                "/v1/programs/a b",
                "/v1/programs/a\tb",
                "/v1/programs/caf\u00e9")) {
            assertNotNull(WellFormed.flawOfPath(path), path);
        }
    }

    @Test
    void targets() {
        for (String target : List.of("/", "/m?limit=5&a=%20b%C3%A9", "/m?a=%25", "http://localhost/m", "*")) {
            assertTrue(WellFormed.isUri(target), target);
        }
        for (String target : List.of("/m?limit=%zz", "/m?%", "/m?a=b%2", "/m?a=|", "/a\"b", "http://[/m")) {
            assertFalse(WellFormed.isUri(target), target);
        }
    }
}
