package dev.stampede.embedded;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Applies {@code stampede.tls.ca}, a PEM file of one or more certificates, to the three clients (reactive, JDBC and
 * Redis) with separate settings: each server must present a certificate that is signed by one of them and valid for the
 * server's host name. A URL that contradicts this is refused: a contradiction between two settings never leads to an
 * unencrypted connection, or to an unverified server.
 *
 * <p>Without the setting, URLs that ask for TLS are refused unless TLS is fully set up for them.
 */
public final class Tls {
    static final String CA = "stampede.tls.ca";

    private static final String REACTIVE = "quarkus.datasource.reactive.";
    private static final String REDIS = "quarkus.redis.tls.";
    private static final String VERIFIED = "verify-full";
    private static final Pattern MODE = Pattern.compile("[?&]sslmode=([^&]*)", Pattern.CASE_INSENSITIVE);

    /** Settings by which an operator may set up TLS of the reactive client without this class. */
    private static final List<String> TRUST = List.of(
            REACTIVE + "trust-certificate-pem",
            REACTIVE + "trust-certificate-jks",
            REACTIVE + "trust-certificate-pfx",
            REACTIVE + "trust-all");

    private final Function<String, Optional<String>> settings;
    private final Optional<String> file;

    private Tls(Function<String, Optional<String>> settings, Optional<String> file) {
        this.settings = settings;
        this.file = file;
    }

    /** @throws StartupTrouble if the file contains no certificates */
    static Tls of(Function<String, Optional<String>> settings) {
        Optional<String> file = settings.apply(CA)
                .map(path -> Path.of(path).toAbsolutePath().normalize().toString());
        file.ifPresent(Tls::read);
        return new Tls(settings, file);
    }

    private static void read(String file) {
        try {
            InputStream in = new ByteArrayInputStream(Files.readAllBytes(Path.of(file)));
            if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
                throw new StartupTrouble(CA + ": there is no certificate in " + file);
            }
        } catch (IOException e) {
            throw new StartupTrouble(CA + ": " + file + " cannot be read: " + e, e);
        } catch (CertificateException e) {
            throw new StartupTrouble(CA + ": " + file + " is not a PEM file of certificates: " + e.getMessage(), e);
        }
    }

    /**
     * The settings of the reactive client.
     *
     * @throws StartupTrouble if the URLs contradict them
     */
    Map<String, String> reactive(String urls) {
        String name = EmbeddedServers.REACTIVE_URL;
        if (file.isEmpty()) {
            mode(urls).filter(mode -> !mode.equalsIgnoreCase("disable")).ifPresent(mode -> {
                if (TRUST.stream().noneMatch(trust -> settings.apply(trust).isPresent())) {
                    throw new StartupTrouble(name + " says sslmode=" + mode + ", and " + CA
                            + " is not set: set it to the PEM file of the CAs to trust, which means " + VERIFIED);
                }
            });
            return Map.of();
        }
        check(name, urls);
        return Map.of(
                REACTIVE + "postgresql.ssl-mode", VERIFIED,
                REACTIVE + "hostname-verification-algorithm", "HTTPS",
                REACTIVE + "trust-all", "false",
                REACTIVE + "trust-certificate-pem", "true",
                REACTIVE + "trust-certificate-pem.certs", file.get());
    }

    /** The JDBC URL with TLS: Flyway and others only use the URL. */
    String jdbc(String url) {
        if (file.isEmpty()) {
            return url;
        }
        check(EmbeddedServers.JDBC_URL, url);
        return url + (url.contains("?") ? "&" : "?") + "sslmode=" + VERIFIED + "&sslrootcert="
                + URLEncoder.encode(file.get(), StandardCharsets.UTF_8);
    }

    private static void check(String name, String urls) {
        mode(urls).filter(mode -> !mode.equalsIgnoreCase(VERIFIED)).ifPresent(mode -> {
            throw new StartupTrouble(
                    CA + " is set, and " + name + " says sslmode=" + mode + ": remove it, the mode is " + VERIFIED);
        });
    }

    private static Optional<String> mode(String urls) {
        // of several modes, the one to report
        return Arrays.stream(urls.split(","))
                .map(MODE::matcher)
                .flatMap(found -> found.results().map(mode -> mode.group(1)))
                .filter(mode -> !mode.equalsIgnoreCase(VERIFIED))
                .findFirst()
                .or(() -> Optional.of(MODE.matcher(urls)).filter(Matcher::find).map(found -> found.group(1)));
    }

    /**
     * The settings of the Redis client, for Sentinels and nodes, too.
     *
     * @throws StartupTrouble if the URLs contradict them
     */
    Map<String, String> redis(String urls) {
        List<String> schemes = Stream.of(urls.split(","))
                .map(url -> url.strip().replaceFirst("://.*$", "://"))
                .distinct()
                .toList();
        boolean encrypted = schemes.contains("rediss://");
        if (encrypted && schemes.size() > 1) {
            throw new StartupTrouble(EmbeddedServers.REDIS_HOSTS + " says " + String.join(" and ", schemes)
                    + ": use rediss:// for all of them, or for none");
        }
        if (file.isEmpty()) {
            return Map.of(); // uses the JVM's trusted certificates
        }
        if (!encrypted) {
            throw new StartupTrouble(CA + " is set, and " + EmbeddedServers.REDIS_HOSTS + " says "
                    + String.join(" and ", schemes) + ": use rediss://");
        }
        return Map.of(
                REDIS + "hostname-verification-algorithm", "HTTPS",
                REDIS + "trust-all", "false",
                REDIS + "trust-certificate-pem", "true",
                REDIS + "trust-certificate-pem.certs", file.get());
    }

    /** The error in the server's certificate, also if it has none; empty if the failure had another reason. */
    public Optional<String> trouble(Throwable error) {
        List<String> said = new ArrayList<>();
        for (Throwable cause = error; cause != null && said.size() < 20; cause = cause.getCause()) {
            said.add(String.valueOf(cause.getMessage()));
            if (cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException) {
                return Optional.of("its certificate is not signed by a CA in " + file.orElse("the JVM's trust store")
                        + " (" + cause.getMessage() + ")");
            }
        }
        Map<String, String> words = new LinkedHashMap<>();
        words.put("could not be verified by hostnameverifier", "its certificate is for another host name");
        words.put("No subject alternative", "its certificate is for another host name");
        words.put("No name matching", "its certificate is for another host name");
        // the reactive client does not report the reason
        words.put(
                "SSL handshake failed",
                "its certificate is not signed by a CA in " + file.orElse("the JVM's trust store")
                        + ", or is for another host name");
        words.put("does not support SSL", "it does not support TLS");
        words.put("does not handle SSL", "it does not support TLS");
        words.put("not an SSL/TLS record", "it does not support TLS");
        return words.entrySet().stream()
                .flatMap(word -> said.stream()
                        .filter(message -> message.contains(word.getKey()))
                        .map(message -> word.getValue() + " (" + message + ")"))
                .findFirst();
    }
}
