package dev.stampede.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stampede.account.AccountId;
import dev.stampede.account.Signature.Secret;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamTicketsTest {
    private static final long NOW_MS = 1_790_000_000_000L;
    private static final AccountId ADA = AccountId.of("coffee", "ada");
    private static final Secret OLD = new Secret(1, new byte[] {1, 2, 3});
    private static final Secret NEW = new Secret(2, new byte[] {4, 5, 6});
    private static final Principal MEMBER = new Principal(
            Principal.Kind.MEMBER, "member:ada.l@x", null, "ada", Scope.READ.bit(), null, NOW_MS + 60_000);

    private final StreamTickets tickets = new StreamTickets();

    @Test
    void aTicketIsForOneAccountAndEnds() {
        tickets.use(List.of(OLD));
        StreamTickets.Ticket ticket = tickets.fresh(ADA, MEMBER, NOW_MS);
        assertEquals(NOW_MS + 30_000, ticket.untilMs());
        StreamTickets.Valid valid = tickets.check(ADA, ticket.text(), NOW_MS + 29_999);
        assertNotNull(valid);
        assertEquals("member:ada.l@x", valid.principal());
        assertEquals(0, valid.secret());
        assertEquals(NOW_MS + 60_000, valid.untilMs());
        assertNull(tickets.check(ADA, ticket.text(), NOW_MS + 30_000));
        assertNull(tickets.check(AccountId.of("coffee", "bob"), ticket.text(), NOW_MS));
        assertNull(tickets.check(AccountId.of("beauty", "ada"), ticket.text(), NOW_MS));
        assertNotEquals(ticket.text(), tickets.fresh(ADA, MEMBER, NOW_MS).text());
    }

    @Test
    void aTicketNamesTheSecretOfItsKey() {
        tickets.use(List.of(OLD));
        Principal key = new Principal(
                Principal.Kind.KEY, "k", "coffee", null, Scope.READ.bit(), null, Long.MAX_VALUE, null, -17);
        StreamTickets.Valid valid =
                tickets.check(ADA, tickets.fresh(ADA, key, NOW_MS).text(), NOW_MS);
        assertNotNull(valid);
        assertEquals(-17, valid.secret());
    }

    @Test
    void aSecretIsReplaced() {
        tickets.use(List.of(OLD));
        String before = tickets.fresh(ADA, MEMBER, NOW_MS).text();
        tickets.use(List.of(NEW, OLD));
        String after = tickets.fresh(ADA, MEMBER, NOW_MS).text();
        assertNotNull(tickets.check(ADA, before, NOW_MS));
        tickets.use(List.of(NEW));
        assertNull(tickets.check(ADA, before, NOW_MS));
        assertNotNull(tickets.check(ADA, after, NOW_MS));
    }

    @Test
    void eachCharacterCounts() {
        tickets.use(List.of(OLD));
        String ticket = tickets.fresh(ADA, MEMBER, NOW_MS).text();
        for (int i = 0; i < ticket.length(); i++) {
            for (char c : "0f.".toCharArray()) {
                String changed = ticket.substring(0, i) + c + ticket.substring(i + 1);
                if (!changed.equals(ticket)) {
                    assertNull(tickets.check(ADA, changed, NOW_MS), changed);
                }
            }
            assertNull(tickets.check(ADA, ticket.substring(0, i), NOW_MS));
        }
        assertNull(tickets.check(ADA, ticket + "0", NOW_MS));
        assertNull(tickets.check(ADA, "1.2.3.4.5.6.é", NOW_MS));
    }

    @Test
    void noneIsMadeBeforeASecretIsKnown() {
        assertThrows(IllegalStateException.class, () -> tickets.fresh(ADA, MEMBER, NOW_MS));
        assertNull(tickets.check(ADA, "1.2.3.4.5.6.7", NOW_MS));
    }
}
