package dev.stampede.ceiling;

import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;

/** A JVM under test. */
final class App {
    enum Kind {
        /** A gateway with servers of its own. */
        GATEWAY,
        /** A gateway on the servers of the first one. */
        ANOTHER_GATEWAY,
        /** The build of the profile {@code ceiling}: HTTP alone, and without the commit. */
        CEILING,
        ONE_TRANSACTION,
        /** {@code SealBatches}, which is not asked by HTTP. */
        SEAL
    }

    /** Of the gateway, before the account. */
    static final String PATH = "/v1/programs/demo/accounts/";

    /** As in requests.lua. */
    static final String EARN = "{\"amount\":\"42.50\",\"currency\":\"EUR\",\"reference\":\"20261121-0042-03-0199\"}";

    final String name;
    final Kind kind;
    final Path jar;
    final int port;

    Process process;
    Servers servers;
    /** What callers must send; empty where nobody asks for it. */
    String key = "";
    /** What it says, where it is not asked by HTTP. */
    BufferedReader said;

    App(String name, Kind kind, Path jar, int port) {
        this.name = name;
        this.kind = kind;
        this.jar = jar;
        this.port = port;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Where its accounts are. */
    String database() {
        return kind == Kind.ONE_TRANSACTION ? Servers.ONE_TRANSACTION_DATABASE : Servers.DATABASE;
    }

    HttpRequest earn(String account, String key, String body) {
        return earn(PATH, account, key, body);
    }

    /** @param path before the account */
    HttpRequest earn(String path, String account, String key, String body) {
        return HttpRequest.newBuilder(URI.create(url() + path + account + "/earn"))
                .header("Authorization", "Bearer " + this.key)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }
}
