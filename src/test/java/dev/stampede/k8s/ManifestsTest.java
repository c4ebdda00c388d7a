package dev.stampede.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What Kubernetes would refuse, or worse pass over, is found before. */
class ManifestsTest {
    private static final String DEPLOYMENT = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: d}
            spec:
              minReadySeconds: 1
              template:
                spec:
                  containers:
                    - name: c
                      resources: {requests: {cpu: "1", memory: 1Gi}}
            """;

    private static final String MONITOR = """
            apiVersion: monitoring.coreos.com/v1
            kind: ServiceMonitor
            metadata: {name: m}
            spec: {endpoints: [{port: management}]}
            """;

    @Test
    void whatIsRightIsRead() {
        assertEquals("d", read(DEPLOYMENT));
        assertEquals("m", read(MONITOR));
    }

    @Test
    void unknownFields() {
        assertRefused(DEPLOYMENT.replace("minReadySeconds", "minReadySecond"), "minReadySecond");
        assertRefused(DEPLOYMENT.replace("requests", "request"), "request");
        assertRefused(DEPLOYMENT.replace("{name: d}", "{name: d, additionalProperties: {}}"), "additionalProperties");
        assertRefused(MONITOR.replace("port:", "ports:"), "ports");
    }

    @Test
    void valuesOfAnotherType() {
        assertRefused(DEPLOYMENT.replace("minReadySeconds: 1", "minReadySeconds: \"1\""), "minReadySeconds");
        assertRefused(DEPLOYMENT.replace("name: c", "name: 5"), "name");
        assertRefused("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {A: 1}}", "data");
    }

    @Test
    void unknownKinds() {
        assertRefused(DEPLOYMENT.replace("apps/v1", "apps/v1beta1"), "apps/v1beta1 Deployment");
        assertRefused(DEPLOYMENT.replace("kind: Deployment", "kind: DaemonSet"), "DaemonSet");
    }

    @Test
    void settings() {
        assertTrue(Settings.flawOfVariable("STAMPEDE_GATEWAY_MAX_IN_FLIGHT").isEmpty());
        assertTrue(Settings.flawOfVariable("STAMPEDE_DATA_DIR").isEmpty());
        assertTrue(Settings.flawOfVariable("QUARKUS_REDIS_HOSTS").isEmpty());
        assertTrue(Settings.flawOfProperty("quarkus.http.port").isEmpty());

        assertTrue(Settings.flawOfVariable("STAMPEDE_GATEWAY_MAX_INFLIGHT")
                .orElseThrow()
                .contains("no setting"));
        assertTrue(Settings.flawOfVariable("QUARKUS_REDIS_HOST").orElseThrow().contains("no setting"));
        assertTrue(Settings.flawOfVariable("STAMPEDE_PORT").isPresent());
        assertTrue(Settings.flawOfProperty("stampede.seal.max-batches").isPresent());
        assertTrue(Settings.flawOfVariable("QUARKUS_MANAGEMENT_ENABLED")
                .orElseThrow()
                .contains("fixed when the gateway is built"));
    }

    @Test
    void settingsThatCannotBeRead() {
        assertThrows(RuntimeException.class, () -> Settings.with(Map.of("STAMPEDE_GATEWAY_MAX_IN_FLIGHT", "many")));
        assertThrows(RuntimeException.class, () -> Settings.with(Map.of("STAMPEDE_REDIS_IMAGE_TTL", "6 moons")));
    }

    private static String read(String yaml) {
        return Manifests.read(Rendered.documents(yaml).get(0)).getMetadata().getName();
    }

    private static void assertRefused(String yaml, String why) {
        String message = assertThrows(IllegalArgumentException.class, () -> read(yaml), yaml)
                .getMessage();
        assertTrue(message.contains(why), message);
    }
}
