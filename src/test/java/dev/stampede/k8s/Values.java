package dev.stampede.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What may be in a field, where Kubernetes' model takes any text: a wrong word would be refused when it is applied, or
 * by the Prometheus operator, or not at all. A field that the table does not have is refused, so that a new one is
 * thought of.
 */
final class Values {
    /**
     * The end of a field's path, where lists do not count, and what all of its text must match. The longest end holds.
     */
    private static final Map<String, Pattern> ALLOWED = """
            strategy.type               Recreate|RollingUpdate
            seccompProfile.type         RuntimeDefault|Localhost|Unconfined
            fsGroupChangePolicy         Always|OnRootMismatch
            capabilities.drop           ALL
            whenUnsatisfiable           DoNotSchedule|ScheduleAnyway
            topologyKey                 kubernetes.io/hostname|topology.kubernetes.io/(zone|region)
            matchLabelKeys              pod-template-hash
            unhealthyPodEvictionPolicy  AlwaysAllow|IfHealthyBudget
            metrics.type                Resource|ContainerResource|Pods|Object|External
            metrics.resource.name       cpu|memory
            target.type                 Utilization|Value|AverageValue
            policies.type               Pods|Percent
            policyTypes                 Ingress|Egress
            protocol                    TCP|UDP|SCTP
            clusterIP                   None
            accessModes                 ReadWriteOnce|ReadWriteOncePod|ReadOnlyMany|ReadWriteMany
            rules.labels.severity       critical|warning|info

            cpu                         <cpu>
            memory                      <bytes>
            storage                     <bytes>
            sizeLimit                   <bytes>
            for                         <duration>
            interval                    <duration>
            cidr                        ([0-9]{1,3}[.]){3}[0-9]{1,3}/([12]?[0-9]|3[0-2])
            path                        /.*
            mountPath                   /.*

            apiVersion                  [a-z0-9./]+
            kind                        [A-Za-z]+
            name                        <name>
            env.name                    [A-Z0-9_]+
            namespace                   <name>
            port                        <name>
            targetPort                  <name>
            claimName                   <name>
            items.key                   <name>
            items.path                  [a-z.-]+
            image                       [a-z0-9./-]+:[A-Za-z0-9_.-]+
            metadata.labels.*           <name>
            matchLabels.app.kubernetes.io/name       <name>
            matchLabels.app.kubernetes.io/component  <name>
            matchLabels.kubernetes.io/metadata.name  <name>
            matchLabels.k8s-app         kube-dns
            selector.*                  <name>
            data.*                      .*
            alert                       [A-Za-z]+
            expr                        .+
            annotations.runbook_url     https://[a-z./]+#[a-z]+
            annotations.summary         .+
            annotations.description     .+
            """.lines()
            .filter(line -> !line.isBlank())
            .map(line -> line.split("\\s+", 2))
            .collect(Collectors.toMap(line -> line[0], line -> pattern(line[1])));

    private Values() {}

    private static Pattern pattern(String text) {
        return Pattern.compile(
                switch (text) {
                    case "<name>" -> "[a-z0-9]([-a-z0-9.]*[a-z0-9])?";
                    case "<cpu>" -> "[1-9][0-9]*m?|[0-9]+[.][0-9]+";
                    // whole ones: Kubernetes takes a memory of 500m, which is half a byte, and one of 2
                    case "<bytes>" -> "[1-9][0-9]*([KMGTPE]i|[kMGTPE])";
                    case "<duration>" -> Selector.DURATION;
                    default -> text;
                },
                Pattern.DOTALL);
    }

    /** @throws IllegalArgumentException with the field, and what is in it */
    static void check(JsonNode object) {
        object.properties()
                .forEach(field -> check(field.getValue(), object.path("kind").asText() + ".", field.getKey()));
    }

    private static void check(JsonNode value, String parent, String field) {
        value.properties().forEach(below -> check(below.getValue(), parent + field + ".", below.getKey()));
        if (value.isArray()) {
            value.forEach(element -> check(element, parent, field));
        } else if (value.isTextual()) {
            String text = value.asText();
            Pattern allowed = allowed(parent, field);
            if (!allowed.matcher(text).matches()) {
                throw new IllegalArgumentException(parent + field + " is " + text + ", not " + allowed);
            }
            if (field.equals("expr") && Selector.of(text).isEmpty()) {
                throw new IllegalArgumentException("no metric in " + text);
            }
        }
    }

    private static Pattern allowed(String parent, String field) {
        for (String above = parent; ; above = above.substring(above.indexOf('.') + 1)) {
            Pattern allowed = ALLOWED.getOrDefault(above + field, ALLOWED.get(above + "*"));
            if (allowed != null) {
                return allowed;
            }
            if (above.isEmpty()) {
                throw new IllegalArgumentException("what " + parent + field + " may be is not known here");
            }
        }
    }
}
