package dev.stampede.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.clients.java.ApiClient;
import dev.stampede.clients.java.ApiException;
import dev.stampede.clients.java.api.AccountsApi;
import dev.stampede.clients.java.api.HistoryApi;
import dev.stampede.clients.java.api.PointsApi;
import dev.stampede.clients.java.model.EarnRequest;
import dev.stampede.clients.java.model.EnrolRequest;
import dev.stampede.clients.java.model.Hold;
import dev.stampede.clients.java.model.HoldRequest;
import dev.stampede.clients.java.model.Operation;
import dev.stampede.clients.java.model.RedeemRequest;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class JavaClientTest {
    private static final String PROGRAM = "demo";

    private final ApiClient client = new ApiClient();
    private final String account = "java-" + UUID.randomUUID();

    JavaClientTest() {
        client.updateBaseUri(System.getProperty("gateway"));
        client.setRequestInterceptor(
                request -> request.header("Authorization", "Bearer " + System.getProperty("key")));
    }

    private static String key() {
        return UUID.randomUUID().toString();
    }

    @Test
    void aMemberEarnsAndRedeems() throws ApiException {
        AccountsApi accounts = new AccountsApi(client);
        PointsApi points = new PointsApi(client);
        var enrolled = accounts.enrolAccount(
                PROGRAM, account, null, null, new EnrolRequest().attributes(Map.of("name", "Zoe", "vip", true)));
        assertEquals(Map.of("name", "Zoe", "vip", true), enrolled.getAttributes());

        var dryRun = points.earnPoints(PROGRAM, account, key(), new EarnRequest().points(5L), true, null);
        assertNull(dryRun.getId());
        var earned = points.earnPoints(
                PROGRAM, account, key(), new EarnRequest().amount("42.50").currency("EUR"), false, null);
        assertNotNull(earned.getId());
        assertEquals(42L, earned.getPoints());
        var redeemed = points.redeemPoints(PROGRAM, account, key(), new RedeemRequest().points(12L), null, null);
        assertEquals(30L, redeemed.getBalance().getAvailable());
        ApiException declined = assertThrows(
                ApiException.class,
                () -> points.redeemPoints(PROGRAM, account, key(), new RedeemRequest().points(31L), null, null));
        assertEquals(422, declined.getCode());
        assertTrue(declined.getResponseBody().contains("\"code\":\"insufficient_points\""));

        var hold = points.holdPoints(PROGRAM, account, key(), new HoldRequest().points(10L), null, null);
        assertEquals(Hold.StateEnum.HELD, points.getHold(PROGRAM, account, hold.getId(), null).getState());
        var there = accounts.getAccount(PROGRAM, account, null, null);
        assertEquals(20L, there.getAvailable());
        assertEquals(10L, there.getHeld());
        var page = new HistoryApi(client).listOperations(
                PROGRAM, account, null, null, "redeem", null, null, null, null, null);
        assertEquals(1, page.getItems().size());
        assertEquals(Operation.TypeEnum.REDEEM, page.getItems().get(0).getType());
    }
}
