package dev.stampede.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our own renderer does what kustomize does, or refuses. */
class KustomizationTest {
    @TempDir
    Path directory;

    @BeforeEach
    void aDeployment() throws IOException {
        write("deployment.yaml", """
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: d
                spec:
                  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
                  template:
                    spec:
                      containers:
                        - name: c
                          image: i
                          envFrom: [{configMapRef: {name: m}}]
                      tolerations: [{key: a}]
                """);
        kustomization("");
    }

    /** The name is kustomize's own for this content. */
    @Test
    void configMapsAreNamedByTheirContent() {
        var rendered = Kustomization.byOurselves(directory);

        assertEquals("m-55bdbmmc7h", rendered.get(1).at("/metadata/name").asText());
        assertEquals(
                rendered.get(1).at("/metadata/name"),
                rendered.get(0).at("/spec/template/spec/containers/0/envFrom/0/configMapRef/name"));
        Kustomization.byKubectl(directory)
                .ifPresent(theirs -> assertTrue(theirs.containsAll(rendered), () -> theirs + ""));
    }

    @Test
    void whatItDoesNotKnowIsRefused() throws IOException {
        kustomization("namePrefix: x-\n");
        assertRefused("namePrefix");

        kustomization("patches: [{path: p.yaml, target: {kind: Deployment}}]\n");
        assertRefused("target");

        kustomization("patches: [{path: p.yaml}]\n");
        patch("spec: {template: {spec: {tolerations: [{key: b}]}}}");
        assertRefused("tolerations");

        patch("spec: {strategy: {$patch: replace, type: Recreate}}");
        assertRefused("$patch");
    }

    @Test
    void aPatchOfNothingIsRefused() throws IOException {
        kustomization("patches: [{path: p.yaml}]\n");
        write("p.yaml", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: other}}");
        assertRefused("no Deployment other");
    }

    @Test
    void aFieldTwiceIsRefused() throws IOException {
        write("deployment.yaml", "{apiVersion: apps/v1, kind: Deployment, kind: Deployment, metadata: {name: d}}");
        assertRefused("kind");
    }

    private void patch(String rest) throws IOException {
        write("p.yaml", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, " + rest + "}");
    }

    private void kustomization(String more) throws IOException {
        write("kustomization.yaml", """
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                namespace: ns
                resources: [deployment.yaml]
                images: [{name: i, newTag: "1"}]
                configMapGenerator: [{name: m, literals: [B=2, A=<1>&]}]
                """ + more);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private void assertRefused(String why) {
        String message = assertThrows(IllegalArgumentException.class, () -> Kustomization.byOurselves(directory), why)
                .getMessage();
        assertTrue(message.contains(why), message);
    }
}
