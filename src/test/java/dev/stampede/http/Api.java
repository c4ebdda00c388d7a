package dev.stampede.http;

import static io.restassured.RestAssured.given;

import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** The calls of one account, as a till or an app would make them. */
public final class Api {
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final String program;
    private final String account;

    private Api(String program, String account) {
        this.program = program;
        this.account = account;
    }

    /** An account that no other test has. */
    public static Api fresh() {
        return of("demo", "m-" + UUID.randomUUID());
    }

    public static Api of(String program, String account) {
        return new Api(program, account);
    }

    /** The same account, with points. */
    public static Api with(long points) {
        Api api = fresh();
        api.post("earn", "{\"points\":" + points + "}").then().statusCode(201);
        return api;
    }

    public String account() {
        return account;
    }

    public String path() {
        return "/v1/programs/" + program + "/accounts/" + account;
    }

    public String path(String below) {
        return path() + "/" + below;
    }

    public static String key() {
        return "k-" + NEXT.incrementAndGet() + "-" + UUID.randomUUID();
    }

    public RequestSpecification keyed(String key) {
        return given().header("Idempotency-Key", key).contentType("application/json");
    }

    /** A call that is made once. */
    public Response post(String below, String body) {
        return post(below, key(), body);
    }

    public Response post(String below, String key, String body) {
        return keyed(key).body(body).post(path(below));
    }

    public Response put() {
        return given().put(path());
    }

    public Response get() {
        return given().get(path());
    }

    public Response get(String below) {
        return given().get(path(below));
    }

    public long available() {
        return Json.of(get().then().statusCode(200).extract().response()).getLong("available");
    }
}
