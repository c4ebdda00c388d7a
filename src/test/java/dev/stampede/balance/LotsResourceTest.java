package dev.stampede.balance;

import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.balance.LotsResource.LotsView;
import dev.stampede.http.Api;
import dev.stampede.http.Sandbox;
import dev.stampede.points.Lot;
import dev.stampede.points.MemberPoints;
import dev.stampede.support.BackendsResource;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(value = BackendsResource.class, scope = TestResourceScope.GLOBAL)
@Tag("servers")
class LotsResourceTest {
    private static final String POINTS =
            "{'names':{'one':'p','other':'p'},'expiry':{'type':'days','days':30},'pendingDays':2,'clawback':'debt',"
                    + "'graceDays':0,'autoEnrol':true,'backdateDays':0}";

    @Test
    void eachStateHasItsLots() throws Exception {
        try (Sandbox sandbox = Sandbox.of("demo", "2027-01-01T00:00:00Z")
                .with("points", POINTS)
                .published()) {
            Api api = sandbox.account("m");
            api.get("lots").then().statusCode(404).body("code", equalTo("account_not_found"));
            api.put().then().statusCode(201);
            api.get("lots").then().statusCode(200).body("items", empty()).body("more", equalTo(false));
            api.post("earn", "{\"points\":100}").then().statusCode(201);
            api.post("earn", "{\"points\":20}").then().statusCode(201);
            api.get("lots")
                    .then()
                    .statusCode(200)
                    .body("items.state", contains("pending"))
                    .body("items.points", contains(120))
                    .body("items.availableOn", contains("2027-01-03"))
                    .body("items[0]", not(hasKey("hold")));

            sandbox.moveTo("2027-01-03T00:00:00Z");
            api.post("earn", "{\"points\":7}").then().statusCode(201);
            String hold = api.post("holds", "{\"points\":50}")
                    .then()
                    .statusCode(201)
                    .extract()
                    .path("id");
            String first = api.get("lots")
                    .then()
                    .statusCode(200)
                    .body("items.state", contains("available", "held", "pending"))
                    .body("items.points", contains(70, 50, 7))
                    .body("items[1].hold", equalTo(hold))
                    .body("items[2].availableOn", equalTo("2027-01-05"))
                    .body("items[0]", not(hasKey("availableOn")))
                    .body("asOf", equalTo("2027-01-03T00:00:00Z"))
                    .extract()
                    .path("items[0].on");

            // the hold is over, and what is not pending any more has expired
            sandbox.moveTo(java.time.LocalDate.parse(first).plusDays(1) + "T00:00:00Z");
            api.get("lots")
                    .then()
                    .statusCode(200)
                    .body("items.state", contains("available"))
                    .body("items.points", contains(7));
        }
    }

    @Test
    void thereIsAnEnd() {
        List<Lot> lots = LongStream.range(0, LotsResource.MOST + 1L)
                .mapToObj(day -> new Lot(day, 1))
                .toList();
        MemberPoints points =
                new MemberPoints(true, false, false, false, lots.size(), 0, 0, 0, 0, lots, List.of(), List.of());
        LotsView view = LotsView.of(points, 0);
        assertEquals(LotsResource.MOST, view.items().size());
        assertTrue(view.more());
    }

    @Test
    void pointsThatNeverExpireSaySo() throws Exception {
        try (Sandbox sandbox = Sandbox.of("cashback", "2026-12-01T00:00:00Z").published()) {
            Api api = sandbox.account("m");
            api.post("earn", "{\"points\":3}").then().statusCode(201);
            api.get("lots").then().statusCode(200).body("items", hasSize(1)).body("items[0].on", equalTo("9999-12-31"));
        }
    }
}
