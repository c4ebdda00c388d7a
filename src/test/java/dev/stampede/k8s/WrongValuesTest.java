package dev.stampede.k8s;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One wrong value in what is otherwise right is found, and named. */
class WrongValuesTest {
    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            prod;  "type":"Resource"         ; "type":"Resources"         ; metrics.type is Resources
            prod;  "Utilization"             ; "Utilisation"              ; target.type is Utilisation
            prod;  "type":"Pods"             ; "type":"Pod"               ; policies.type is Pod
            prod;  "name":"cpu"              ; "name":"cpus"              ; resource.name is cpus
            prod;  "UDP"                     ; "UPD"                      ; protocol is UPD
            prod;  "Egress"                  ; "Egres"                    ; policyTypes is Egres
            prod;  10.0.2.0/28               ; 10.0.2.0/80                ; cidr is 10.0.2.0/80
            prod;  10.0.2.0/28               ; 10.0.0.0/8                 ; 10.0.0.0/8
            prod;  "port":6379               ; "port":5432                ; [TCP 6379]
            prod;  "quarkus.redis.password"  ; "quarkus.redis.pass"       ; quarkus.redis.pass is no setting
            prod;  "mountPath":"/etc/stampede/secrets" ; "mountPath":"/etc/secrets" ; /etc/stampede/secrets
            prod;  rediss://redis-1          ; redis://redis-1            ; redis://redis-1
            prod;  "key":"password"          ; "key":"Password"           ; items.key is Password
            prod;  "envFrom":[ ; "env":[{"name":"QUARKUS_REDIS_PASSWORD","value":"x"}],"envFrom":[ ; env.value may be
            prod;  ScheduleAnyway            ; ScheduleAnyways            ; whenUnsatisfiable is ScheduleAnyways
            prod;  "kubernetes.io/hostname"  ; "kubernetes.io/hostnam"    ; topologyKey is kubernetes.io/hostnam
            prod;  pod-template-hash         ; pod-templates-hash         ; matchLabelKeys is pod-templates-hash
            prod;  AlwaysAllow               ; AlwaysAlow                 ; unhealthyPodEvictionPolicy is AlwaysAlow
            prod;  RollingUpdate             ; RollingUpdates             ; strategy.type is RollingUpdates
            prod;  RuntimeDefault            ; RuntimeDefaults            ; seccompProfile.type is RuntimeDefaults
            prod;  "restricted"              ; "restrictd"                ; was: <restrictd>
            prod;  kube-dns                  ; kube-dnss                  ; k8s-app is kube-dnss
            prod;  "kubernetes.io/metadata.name" ; "kubernetes.io/name"   ; matchLabels.kubernetes.io/name may be
            prod;  "cpu":"2"                 ; "cpu":"2x"                 ; cpu is 2x
            prod;  "2Gi"                     ; "2GB"                      ; memory is 2GB
            prod;  "2Gi"                     ; "2"                        ; memory is 2,
            prod;  128Mi                     ; 128Mbi                     ; sizeLimit is 128Mbi
            local; 10Gi                      ; 10gi                       ; storage is 10gi
            local; ReadWriteOnce             ; ReadWriteOne               ; accessModes is ReadWriteOne
            local; OnRootMismatch            ; OnRootMissmatch            ; fsGroupChangePolicy is OnRootMissmatch
            prod;  "clusterIP":"None"        ; "type":"NodePorts"         ; spec.type may be is not known here

            prod;  "for":"5m"                ; "for":"5 minutes"          ; for is 5 minutes
            prod;  "15s"                     ; "15secs"                   ; interval is 15secs
            prod;  [5m]                      ; [5 minutes]                ; not understood: [5 minutes]
            prod;  sum(increase(             ; sum((increase(             ; left open
            prod;  [2m])                     ; [2m]))                     ; was not opened
            prod;  histogram_quantile(       ; histogram_quantiles(       ; not known here: histogram_quantiles
            prod;  "severity":"warning"      ; "severity":"warnign"       ; severity is warnign
            prod;  "severity"                ; "severty"                  ; labels.severty may be is not known here

            prod;  "cluster"                 ; "clusterr"                 ; QUARKUS_REDIS_CLIENT_TYPE is clusterr
            prod;  postgres-1.example.com:5432 ; postgres-1.example.com:5433 ; [TCP 5433]
            prod;  redis-2.example.com:6379  ; redis-2.example.com:7000   ; [TCP 7000]
            prod;  "port":5432               ; "port":5431                ; [TCP 5432]
            prod;  "port":53,                ; "port":54,                 ; [UDP 53]

            prod;  DirectMemorySize=256m     ; DirectMemorySize=700m      ; in 2147483648
            prod;  "JAVA_TOOL_OPTIONS"       ; "JAVA_OPTIONS"             ; JAVA_OPTIONS is no setting
            prod;  MaxDirectMemorySize=      ; MaxDirectMemory=           ; Unrecognized VM option
            prod;  -XX:MaxDirectMemorySize=256m ; -Xmx1g                  ; MaxDirectMemorySize is 0
            prod;  -XX:MaxMetaspaceSize=256m ; -Xmx1g                     ; MaxMetaspaceSize is 1844
            prod;  ProcessorCount=2          ; ProcessorCount=64          ; expected: <2>
            prod;  "cpu":"2"                 ; "cpu":"4"                  ; expected: <4>
            local; MaxRAMPercentage=50       ; MaxRAMPercentage=60        ; in 3221225472

            prod;  "failureThreshold":300    ; "failureThreshold":60      ; PT2M for a start
            local; "progressDeadlineSeconds":900 ; "progressDeadlineSeconds":600 ; given up after PT10M
            """)
    void isFound(String overlay, String right, String wrong, String said) {
        String text = Rendered.of(overlay).stream()
                .map(JsonNode::toString)
                .filter(document -> !document.contains("grafana_dashboard")) // AlertRulesTest looks at their values
                .collect(Collectors.joining("\n---\n"));
        assertTrue(text.contains(right), right);
        String mutated = text.replaceFirst(Pattern.quote(right), Matcher.quoteReplacement(wrong));
        String found = assertThrows(Throwable.class, () -> check(mutated)).getMessage();
        assertTrue(found.contains(said), found);
    }

    private static void check(String yaml) throws Exception {
        Manifests manifests = Manifests.of(Rendered.documents(yaml));
        OverlaysTest overlays = new OverlaysTest();
        overlays.everySettingIsOneOfTheGateways(manifests);
        overlays.whatIsConfiguredCanBeReached(manifests);
        overlays.podsAreRestricted(manifests);
        overlays.aStartHasItsTime(manifests);
        overlays.theJvmFitsItsPod(manifests);
        overlays.noSecretIsWrittenDown(manifests);
        overlays.secretsAreFiles(manifests);
        overlays.serversElsewhereAreCalledByTls(manifests);
        overlays.whatIsLetOutIsNarrow(manifests);
    }
}
