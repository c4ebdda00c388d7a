package dev.stampede.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stampede.embedded.EmbeddedPostgresServer;
import dev.stampede.embedded.EmbeddedRedisServer;
import dev.stampede.gateway.Gateway;
import dev.stampede.start.Main;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.lang.reflect.Field;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whether what is applied to a cluster fits together, and fits the gateway. */
class OverlaysTest {
    /** Of a CIDR: 16 addresses. */
    private static final int NARROW_BITS = 28;

    private static final Duration MARGIN = Duration.ofSeconds(5);
    private static final Pattern PROPERTY = Pattern.compile("-D([^=\\s]+)");
    private static final Pattern FLAG = Pattern.compile("(\\w+) += (\\S*)");
    private static final Pattern ADDRESS = Pattern.compile("([a-z]+)://[^:/?,]+(?::([0-9]+))?");
    private static final Map<String, String> PORTS =
            Map.of("postgresql", "5432", "postgres", "5432", "redis", "6379", "rediss", "6379");

    /** The longest start: the migration of a large ledger, or an embedded Postgres' recovery. */
    private static final Duration START = Duration.ofMinutes(10);

    /** What a JVM needs beside what its options bound (threads, its own tables), and embedded servers beside it. */
    private static final long REST_BYTES = 256L << 20;

    private static final long SERVERS_BYTES = 512L << 20;

    static Stream<Named<Manifests>> manifests() {
        return Rendered.overlays().stream().map(overlay -> Named.of(overlay, Manifests.of(Rendered.of(overlay))));
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void everySettingIsOneOfTheGateways(Manifests manifests) {
        Container gateway = container(manifests);
        Map<String, String> environment = environment(manifests);
        assertFalse(environment.isEmpty());
        assertEquals(
                List.of(),
                environment.keySet().stream()
                        .map(Settings::flawOfVariable)
                        .flatMap(Optional::stream)
                        .toList());
        String options = environment.getOrDefault("JAVA_TOOL_OPTIONS", "") + " "
                + String.join(" ", gateway.getCommand()) + " " + String.join(" ", gateway.getArgs());
        assertEquals(
                List.of(),
                PROPERTY.matcher(options)
                        .results()
                        .map(found -> Settings.flawOfProperty(found.group(1)))
                        .flatMap(Optional::stream)
                        .toList());
        assertEquals(
                List.of(),
                environment.entrySet().stream()
                        .map(variable -> Settings.flawOfValue(variable.getKey(), variable.getValue()))
                        .flatMap(Optional::stream)
                        .toList());
        assertNotNull(Settings.with(environment), "all of them can be read");
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void selectorsSelect(Manifests manifests) {
        Deployment deployment = manifests.only(Deployment.class);
        Map<String, String> labels =
                deployment.getSpec().getTemplate().getMetadata().getLabels();
        Set<String> ports = container(manifests).getPorts().stream()
                .map(ContainerPort::getName)
                .collect(Collectors.toSet());

        assertSelects(deployment.getSpec().getSelector(), labels);
        pod(manifests)
                .getTopologySpreadConstraints()
                .forEach(constraint -> assertSelects(constraint.getLabelSelector(), labels));
        NetworkPolicy policy = manifests.only(NetworkPolicy.class);
        assertSelects(policy.getSpec().getPodSelector(), labels);
        assertEquals(List.of("Ingress", "Egress"), policy.getSpec().getPolicyTypes());
        policy.getSpec().getIngress().stream()
                .flatMap(rule -> rule.getPorts().stream())
                .forEach(port -> assertTrue(ports.contains(port.getPort().getStrVal()), port.toString()));

        assertEquals(2, manifests.all(Service.class).size());
        for (Service service : manifests.all(Service.class)) {
            assertTrue(contains(labels, service.getSpec().getSelector()), service.toString());
            for (ServicePort port : service.getSpec().getPorts()) {
                assertTrue(ports.contains(port.getTargetPort().getStrVal()), port.toString());
            }
        }
        manifests
                .all(PodDisruptionBudget.class)
                .forEach(budget -> assertSelects(budget.getSpec().getSelector(), labels));
        manifests.all(HorizontalPodAutoscaler.class).forEach(scaler -> {
            var target = scaler.getSpec().getScaleTargetRef();
            assertEquals("apps/v1 Deployment", target.getApiVersion() + " " + target.getKind());
            assertEquals(deployment.getMetadata().getName(), target.getName());
            assertNull(deployment.getSpec().getReplicas(), "two would set the number of pods");
        });
        manifests.all(ServiceMonitor.class).forEach(monitor -> {
            List<Service> watched = manifests.all(Service.class).stream()
                    .filter(service -> contains(
                            service.getMetadata().getLabels(),
                            monitor.getSpec().getSelector().getMatchLabels()))
                    .toList();
            assertEquals(1, watched.size());
            Set<String> names = watched.get(0).getSpec().getPorts().stream()
                    .map(ServicePort::getName)
                    .collect(Collectors.toSet());
            monitor.getSpec().getEndpoints().forEach(endpoint -> {
                assertTrue(names.contains(endpoint.getPort()), endpoint.toString());
                assertEquals("/q/metrics", endpoint.getPath());
            });
        });
    }

    /** What the policy doesn't let out looks like a server that is away. */
    @ParameterizedTest
    @MethodSource("manifests")
    void whatIsConfiguredCanBeReached(Manifests manifests) {
        Set<String> reachable = manifests.only(NetworkPolicy.class).getSpec().getEgress().stream()
                .flatMap(rule -> rule.getPorts().stream())
                .map(port -> Objects.requireNonNullElse(port.getProtocol(), "TCP") + " "
                        + port.getPort().getIntVal())
                .collect(Collectors.toSet());
        Set<String> needed = new HashSet<>(Set.of("UDP 53", "TCP 53"));
        environment(manifests)
                .values()
                .forEach(value -> ADDRESS.matcher(value)
                        .results()
                        .map(address -> address.group(2) != null ? address.group(2) : PORTS.get(address.group(1)))
                        .forEach(port -> needed.add("TCP " + port)));
        needed.removeAll(reachable);
        assertEquals(Set.of(), needed, "not let out");
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void portsAndProbesAreTheGateways(Manifests manifests) {
        Container gateway = container(manifests);
        SmallRyeConfig settings = Settings.with(environment(manifests));
        Map<String, Integer> ports = gateway.getPorts().stream()
                .collect(Collectors.toMap(ContainerPort::getName, ContainerPort::getContainerPort));
        assertEquals(
                Map.of(
                        "http", settings.getValue("quarkus.http.port", Integer.class),
                        "management", settings.getValue("quarkus.management.port", Integer.class)),
                ports);
        Map<String, Probe> probes = Map.of(
                "/q/health/started", gateway.getStartupProbe(),
                "/q/health/ready", gateway.getReadinessProbe(),
                "/q/health/live", gateway.getLivenessProbe());
        probes.forEach((path, probe) -> {
            assertEquals(path, probe.getHttpGet().getPath());
            assertEquals("management", probe.getHttpGet().getPort().getStrVal());
        });
        assertNotNull(gateway.getResources().getRequests().get("cpu"));
        assertEquals(
                gateway.getResources().getRequests().get("memory"),
                gateway.getResources().getLimits().get("memory"));
    }

    /** Kubernetes kills what has not started in time: a migration would begin anew, and be killed again. */
    @ParameterizedTest
    @MethodSource("manifests")
    void aStartHasItsTime(Manifests manifests) {
        Probe started = container(manifests).getStartupProbe();
        Duration time = Duration.ofSeconds((long) started.getPeriodSeconds() * started.getFailureThreshold());
        assertTrue(time.compareTo(START) >= 0, time + " for a start of up to " + START);
        var deployment = manifests.only(Deployment.class).getSpec();
        Duration ready = time.plusSeconds(deployment.getMinReadySeconds());
        Duration rollout = Duration.ofSeconds(deployment.getProgressDeadlineSeconds());
        assertTrue(rollout.compareTo(ready) > 0, "an update would be given up after " + rollout);
    }

    /** Left to itself the JVM takes as much for buffers as for its heap, and an event loop for each CPU of the node. */
    @ParameterizedTest
    @MethodSource("manifests")
    void theJvmFitsItsPod(Manifests manifests) throws Exception {
        var resources = container(manifests).getResources();
        long limit = resources.getLimits().get("memory").getNumericalAmount().longValueExact();
        Map<String, String> flags = jvm(environment(manifests).getOrDefault("JAVA_TOOL_OPTIONS", ""), limit);

        long bounds = 0;
        for (String flag : List.of("MaxHeapSize", "MaxDirectMemorySize", "MaxMetaspaceSize", "ReservedCodeCacheSize")) {
            long bytes = Long.parseUnsignedLong(flags.get(flag));
            assertTrue(bytes > 0 && bytes < limit, flag + " is " + flags.get(flag));
            bounds += bytes;
        }
        long rest = REST_BYTES + (embedded(manifests) ? SERVERS_BYTES : 0);
        assertTrue(bounds + rest <= limit, bounds + " and " + rest + " in " + limit);

        // with one the JVM would collect garbage serially
        var requested = resources.getRequests().get("cpu").getNumericalAmount();
        int processors = Math.max(2, requested.setScale(0, RoundingMode.CEILING).intValueExact());
        assertEquals(Integer.toString(processors), flags.get("ActiveProcessorCount"));
        assertEquals("true", flags.get("ExitOnOutOfMemoryError"));
    }

    /** Kubernetes kills what has not ended in time: an operation in flight would be of unknown outcome. */
    @ParameterizedTest
    @MethodSource("manifests")
    void aDrainHasItsTime(Manifests manifests) {
        SmallRyeConfig settings = Settings.with(environment(manifests));
        Duration delay = settings.getValue("quarkus.shutdown.delay", Duration.class);
        Duration serving = delay.plus(settings.getValue("quarkus.shutdown.timeout", Duration.class));
        Duration drain = serving.plus(settings.getValue("stampede.gateway.answer-timeout", Duration.class))
                .plusMillis((long) constant(Gateway.class, "CLOSE_MS"));
        if (embedded(manifests)) {
            Duration limit = (Duration) constant(Main.class, "DRAIN_LIMIT");
            assertTrue(limit.compareTo(serving) > 0, "Postgres would be stopped under the calls that are served");
            Duration redis = ((Duration) constant(EmbeddedRedisServer.class, "STOP_LIMIT")).multipliedBy(2);
            Duration postgres = ((Duration) constant(EmbeddedPostgresServer.class, "STOP_LIMIT")).multipliedBy(3);
            Duration servers = limit.plus(redis).plus(postgres);
            drain = drain.compareTo(servers) > 0 ? drain : servers;
        } else {
            Probe ready = container(manifests).getReadinessProbe();
            Duration noticed = Duration.ofSeconds(
                    (long) ready.getPeriodSeconds() * ready.getFailureThreshold() + ready.getTimeoutSeconds());
            assertTrue(delay.compareTo(noticed) > 0, "calls would be refused before they are sent elsewhere");
        }
        Duration grace = Duration.ofSeconds(pod(manifests).getTerminationGracePeriodSeconds());
        assertTrue(grace.compareTo(drain.plus(MARGIN)) >= 0, grace + " for a drain of up to " + drain);
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void podsAreRestricted(Manifests manifests) {
        PodSpec pod = pod(manifests);
        Container gateway = container(manifests);
        assertEquals(false, pod.getAutomountServiceAccountToken());
        assertEquals(false, pod.getEnableServiceLinks());
        assertEquals(
                "restricted",
                manifests.only(Namespace.class).getMetadata().getLabels().get("pod-security.kubernetes.io/enforce"));
        assertEquals(true, pod.getSecurityContext().getRunAsNonRoot());
        assertTrue(pod.getSecurityContext().getRunAsUser() > 0);
        assertEquals(
                "RuntimeDefault", pod.getSecurityContext().getSeccompProfile().getType());
        assertEquals(false, gateway.getSecurityContext().getAllowPrivilegeEscalation());
        assertEquals(true, gateway.getSecurityContext().getReadOnlyRootFilesystem());
        assertEquals(
                List.of("ALL"), gateway.getSecurityContext().getCapabilities().getDrop());
        assertEquals(List.of(), gateway.getSecurityContext().getCapabilities().getAdd());
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void theImageHasTheSameUser(Manifests manifests) throws IOException {
        var security = pod(manifests).getSecurityContext();
        String user = "<user>" + security.getRunAsUser() + ":" + security.getRunAsGroup() + "</user>";
        assertTrue(Files.readString(Path.of("pom.xml")).contains(user), user);
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void whatIsMountedIsThere(Manifests manifests) {
        Map<String, Volume> volumes =
                pod(manifests).getVolumes().stream().collect(Collectors.toMap(Volume::getName, Function.identity()));
        Map<String, String> mounts = container(manifests).getVolumeMounts().stream()
                .collect(Collectors.toMap(VolumeMount::getMountPath, VolumeMount::getName));
        assertEquals(volumes.keySet(), new HashSet<>(mounts.values()));
        assertTrue(mounts.containsKey("/tmp"));
        Set<String> claims = manifests.all(PersistentVolumeClaim.class).stream()
                .map(claim -> claim.getMetadata().getName())
                .collect(Collectors.toSet());
        volumes.values().stream()
                .map(Volume::getPersistentVolumeClaim)
                .filter(Objects::nonNull)
                .forEach(claim -> assertTrue(claims.contains(claim.getClaimName())));
        if (embedded(manifests)) {
            String data = Settings.with(environment(manifests)).getValue("stampede.data-dir", String.class);
            assertNotNull(volumes.get(mounts.get(data)).getPersistentVolumeClaim(), data + " outlives the pod");
            for (String host : List.of("quarkus.http.host", "quarkus.management.host")) {
                assertEquals(
                        "0.0.0.0",
                        Settings.with(environment(manifests)).getValue(host, String.class),
                        "nobody else's calls reach the pod's loopback interface");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void podsAreReplacedAsTheirDataAllows(Manifests manifests) {
        var deployment = manifests.only(Deployment.class).getSpec();
        if (embedded(manifests)) {
            assertEquals(1, deployment.getReplicas());
            assertEquals("Recreate", deployment.getStrategy().getType());
            assertNull(deployment.getStrategy().getRollingUpdate());
            assertEquals("OnRootMismatch", pod(manifests).getSecurityContext().getFsGroupChangePolicy());
            assertEquals(List.of(), manifests.all(HorizontalPodAutoscaler.class));
            assertEquals(List.of(), manifests.all(PodDisruptionBudget.class));
        } else {
            assertEquals("RollingUpdate", deployment.getStrategy().getType());
            assertEquals(
                    0,
                    deployment
                            .getStrategy()
                            .getRollingUpdate()
                            .getMaxUnavailable()
                            .getIntVal());
            assertTrue(manifests.only(HorizontalPodAutoscaler.class).getSpec().getMinReplicas() >= 2);
            assertEquals(
                    1,
                    manifests
                            .only(PodDisruptionBudget.class)
                            .getSpec()
                            .getMaxUnavailable()
                            .getIntVal());
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void noSecretIsWrittenDown(Manifests manifests) {
        Pattern credentials = Pattern.compile("://[^/@]*:[^/@]*@");
        for (ConfigMap map : manifests.all(ConfigMap.class)) {
            map.getData().forEach((name, value) -> {
                assertFalse(name.contains("PASSWORD"), name);
                Matcher inUrl = credentials.matcher(value);
                assertFalse(inUrl.find(), name);
            });
        }
        assertEquals(List.of(), container(manifests).getEnv(), "settings are in the ConfigMap, secrets are files");
    }

    /** Each is named as its setting, in a directory where the gateway looks for such. */
    @ParameterizedTest
    @MethodSource("manifests")
    void secretsAreFiles(Manifests manifests) {
        Map<String, String> environment = environment(manifests);
        Set<String> secrets = new HashSet<>();
        for (Volume volume : pod(manifests).getVolumes()) {
            assertNull(volume.getSecret(), "a projected volume says which keys are which settings");
            if (volume.getProjected() == null) {
                continue;
            }
            assertEquals(0440, volume.getProjected().getDefaultMode());
            assertEquals(
                    pod(manifests).getSecurityContext().getRunAsGroup(),
                    pod(manifests).getSecurityContext().getFsGroup());
            VolumeMount mount = container(manifests).getVolumeMounts().stream()
                    .filter(one -> one.getName().equals(volume.getName()))
                    .findFirst()
                    .orElseThrow();
            assertEquals(true, mount.getReadOnly());
            assertEquals(environment.get("SMALLRYE_CONFIG_SOURCE_FILE_LOCATIONS"), mount.getMountPath());
            volume.getProjected().getSources().stream()
                    .flatMap(source -> source.getSecret().getItems().stream())
                    .forEach(item -> secrets.add(item.getPath()));
        }
        assertEquals(
                List.of(),
                secrets.stream()
                        .map(Settings::flawOfProperty)
                        .flatMap(Optional::stream)
                        .toList());
        if (!embedded(manifests)) {
            assertTrue(
                    secrets.containsAll(Set.of(
                            "quarkus.datasource.username",
                            "quarkus.datasource.password",
                            "quarkus.flyway.password",
                            "quarkus.redis.password")),
                    secrets::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void serversElsewhereAreCalledByTls(Manifests manifests) {
        if (embedded(manifests)) {
            return;
        }
        Map<String, String> environment = environment(manifests);
        String redis = environment.get("QUARKUS_REDIS_HOSTS");
        assertFalse(redis.contains("redis://"), redis);
        Path ca = Path.of(environment.get("STAMPEDE_TLS_CA"));
        assertTrue(
                container(manifests).getVolumeMounts().stream()
                        .anyMatch(mount -> Path.of(mount.getMountPath()).equals(ca.getParent())),
                ca::toString);
        assertEquals("false", environment.get("QUARKUS_SWAGGER_UI_ENABLED"));
    }

    /** To nobody but DNS and the servers, each by its own port alone. */
    @ParameterizedTest
    @MethodSource("manifests")
    void whatIsLetOutIsNarrow(Manifests manifests) {
        manifests.only(NetworkPolicy.class).getSpec().getEgress().forEach(rule -> {
            assertFalse(rule.getTo().isEmpty(), "to everybody");
            assertFalse(rule.getPorts().isEmpty(), "to every port");
            Set<Integer> ports = rule.getPorts().stream()
                    .map(port -> port.getPort().getIntVal())
                    .collect(Collectors.toSet());
            assertEquals(1, ports.size(), "what belongs to one server is open to the other's address");
            rule.getTo().forEach(to -> {
                if (to.getIpBlock() == null) {
                    assertFalse(to.getNamespaceSelector().getMatchLabels().isEmpty(), "every namespace");
                    assertFalse(to.getPodSelector().getMatchLabels().isEmpty(), "every pod");
                } else {
                    String cidr = to.getIpBlock().getCidr();
                    int bits = Integer.parseInt(cidr.substring(cidr.indexOf('/') + 1));
                    assertTrue(bits >= NARROW_BITS, cidr);
                }
            });
        });
    }

    private static PodSpec pod(Manifests manifests) {
        return manifests.only(Deployment.class).getSpec().getTemplate().getSpec();
    }

    private static Container container(Manifests manifests) {
        List<Container> containers = pod(manifests).getContainers();
        assertEquals(1, containers.size());
        assertEquals(List.of(), pod(manifests).getInitContainers());
        return containers.get(0);
    }

    private static boolean embedded(Manifests manifests) {
        return !environment(manifests).containsKey("QUARKUS_DATASOURCE_REACTIVE_URL");
    }

    /** What the container's process finds in its environment. */
    private static Map<String, String> environment(Manifests manifests) {
        Map<String, String> environment = new HashMap<>();
        Map<String, ConfigMap> maps = manifests.all(ConfigMap.class).stream()
                .collect(Collectors.toMap(map -> map.getMetadata().getName(), Function.identity()));
        container(manifests).getEnvFrom().forEach(from -> {
            ConfigMap map = maps.get(from.getConfigMapRef().getName());
            assertNotNull(map, "the ConfigMap " + from.getConfigMapRef().getName());
            environment.putAll(map.getData());
        });
        return environment;
    }

    /** The flags that a JVM on a machine with so much memory ends up with. */
    private static Map<String, String> jvm(String options, long memory) throws Exception {
        ProcessBuilder java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:MaxRAM=" + memory,
                        "-XX:+PrintFlagsFinal",
                        "-version")
                .redirectErrorStream(true);
        java.environment().put("JAVA_TOOL_OPTIONS", options);
        Process process = java.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        return FLAG.matcher(printed).results().collect(Collectors.toMap(flag -> flag.group(1), flag -> flag.group(2)));
    }

    private static void assertSelects(LabelSelector selector, Map<String, String> labels) {
        assertEquals(List.of(), selector.getMatchExpressions());
        assertTrue(contains(labels, selector.getMatchLabels()), selector.toString());
    }

    private static boolean contains(Map<String, String> labels, Map<String, String> wanted) {
        return !wanted.isEmpty() && labels.entrySet().containsAll(wanted.entrySet());
    }

    private static Object constant(Class<?> type, String name) {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
