package dev.stampede.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.account.By;
import org.junit.jupiter.api.Test;

class PlacesTest {
    private final Places places = new Places(10, 2);
    private final By one = new By("one", null);
    private final By other = new By("other", "store-1");

    @Test
    void aKeyGetsItsShareOnly() {
        assertNull(places.take(one));
        assertTrue(places.hasRoom("one"));
        assertNull(places.take(new By("one", "store-1")));
        assertFalse(places.hasRoom("one"));
        Unavailable why = places.take(one);
        assertNotNull(why);
        assertEquals(Unavailable.Code.OVERLOADED, why.code());
        assertEquals(2, places.taken());
        assertNull(places.take(other));
        assertNull(places.take(null));
        places.giveBack(one);
        assertTrue(places.hasRoom("one"));
        assertNull(places.take(one));
        assertEquals(4, places.taken());
    }

    @Test
    void theLeastUrgentHaveNoRoomFirst() {
        for (int taken = 0; taken < 10; taken++) {
            assertEquals(taken < 7, places.hasRoom(0, 0.7), "" + taken);
            assertEquals(taken < 9, places.hasRoom(0, 0.85), "" + taken);
            assertTrue(places.hasRoom(0, 0.95), "" + taken);
            assertEquals(taken < 9, places.hasRoom(1, 1), "" + taken);
            assertNull(places.take(null));
        }
        assertFalse(places.hasRoom(0, 1));
        assertNotNull(places.take(null));
        assertEquals(10, places.taken());
        for (int i = 0; i < 10; i++) {
            places.giveBack(null);
        }
        assertEquals(0, places.taken());
    }

    @Test
    void oneThatIsRefusedHasTakenNothing() {
        for (int i = 0; i < 10; i++) {
            assertNull(places.take(null));
        }
        assertNotNull(places.take(one));
        places.giveBack(null);
        assertNull(places.take(one));
        places.giveBack(one);
        assertNull(places.take(one));
        places.giveBack(null);
        assertNull(places.take(one));
    }
}
