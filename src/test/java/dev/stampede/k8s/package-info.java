/**
 * What holds {@code k8s/} against the gateway: each overlay is rendered, read strictly as what Kubernetes calls it, and
 * its settings, ports, probes, alerts, memory and times are compared with the gateway's own. No cluster is needed.
 */
package dev.stampede.k8s;
