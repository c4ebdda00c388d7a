package dev.stampede.http.server;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.net.httpserver.HttpServer;
import dev.stampede.support.PackagedGateway;
import dev.stampede.support.TestKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a collector of traces gets: the routes of calls, and nothing that says whose they are. */
@Tag("servers")
@Tag("long")
class TracesIT {
    @TempDir
    Path directory;

    @Test
    void tracesTellNobodysAccount() throws Exception {
        StringBuffer exported = new StringBuffer();
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/", call -> {
            exported.append(new String(call.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
            call.sendResponseHeaders(200, -1);
            call.close();
        });
        collector.start();
        try (PackagedGateway gateway = PackagedGateway.in(directory)
                .startedBefore()
                .with("-Dquarkus.otel.sdk.disabled=false")
                .with("-Dquarkus.otel.traces.sampler.arg=1.0")
                .with("-Dquarkus.otel.bsp.schedule.delay=100ms")
                .with("-Dquarkus.otel.exporter.otlp.protocol=http/protobuf")
                .with("-Dquarkus.otel.exporter.otlp.endpoint=http://localhost:"
                        + collector.getAddress().getPort())) {
            Process process = gateway.start("traced.log");
            gateway.awaitReady(process, "traced.log");
            String account = gateway.api() + "/v1/programs/demo/accounts/told-account";
            given().header("Idempotency-Key", "told-key")
                    .contentType("application/json")
                    .body("{\"points\":5,\"reference\":\"told-reference\"}")
                    .post(account + "/earn")
                    .then()
                    .statusCode(201);
            given().get(account + "/operations?key=told-key").then().statusCode(200);
            given().header(TestKey.HEADER, "")
                    .get(account + "/events?ticket=told-ticket")
                    .then()
                    .statusCode(401);
            given().get(gateway.api() + "/v1/programs/demo/rewards?account=told-account")
                    .then()
                    .statusCode(200);
            given().get(gateway.api() + "/told-path").then().statusCode(404);

            List<String> routes = List.of("/accounts/{account}/earn", "/accounts/{account}/operations", "/rewards");
            await().atMost(Duration.ofSeconds(20))
                    .until(() ->
                            routes.stream().allMatch(route -> exported.indexOf("/v1/programs/{program}" + route) >= 0));
            assertFalse(exported.indexOf("told-") >= 0, exported::toString);
            assertFalse(exported.indexOf(TestKey.TEXT) >= 0);
        } finally {
            collector.stop(0);
        }
    }
}
