package dev.stampede.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What breaks a contract, and what does not. */
class ContractTest {
    private static final String CALL = "/paths/~1earn/post";
    private static final String REQUEST = "/components/schemas/EarnRequest";
    private static final String ANSWER = "/components/schemas/Operation";

    private static JsonNode document() throws Exception {
        return new ObjectMapper().readTree("""
                {
                  "openapi": "3.0.3",
                  "info": {"title": "An API"},
                  "paths": {
                    "/earn": {
                      "post": {
                        "operationId": "earnPoints",
                        "summary": "Earns",
                        "tags": ["Points"],
                        "security": [{"earn": []}, {"manage": []}],
                        "parameters": [
                          {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}},
                          {"name": "Key", "in": "header", "required": true, "schema": {"type": "string"}}
                        ],
                        "requestBody": {
                          "required": true,
                          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EarnRequest"}}}
                        },
                        "responses": {
                          "201": {
                            "description": "Done",
                            "headers": {"ETag": {"schema": {"type": "string"}}},
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Operation"}}}
                          },
                          "409": {
                            "content": {
                              "application/problem+json": {
                                "schema": {"type": "object"},
                                "examples": {
                                  "voided": {"value": {"code": "voided"}},
                                  "reference_used": {"value": {"code": "reference_used"}}
                                }
                              }
                            }
                          }
                        }
                      }
                    }
                  },
                  "components": {
                    "schemas": {
                      "EarnRequest": {
                        "type": "object",
                        "required": ["amount"],
                        "properties": {
                          "amount": {"type": "integer", "minimum": 1, "maximum": 100},
                          "note": {"type": "string", "maxLength": 9, "nullable": true},
                          "kind": {"type": "string", "enum": ["a", "b"]},
                          "items": {"type": "array", "items": {"type": "string", "pattern": "x+"}}
                        }
                      },
                      "Operation": {
                        "type": "object",
                        "required": ["id"],
                        "properties": {
                          "id": {"type": "string", "format": "uuid"},
                          "description": {"type": "string", "description": "Text"},
                          "points": {"type": "integer", "minimum": 0},
                          "state": {"type": "string", "enum": ["held", "captured"]},
                          "reverses": {"allOf": [{"$ref": "#/components/schemas/Operation"}], "nullable": true}
                        }
                      }
                    },
                    "securitySchemes": {"earn": {"type": "http"}, "manage": {"type": "http"}}
                  }
                }
                """);
    }

    /** @param value JSON; empty to take away what is there */
    private static List<String> breaks(String pointer, String value) throws Exception {
        JsonNode next = document();
        int last = pointer.lastIndexOf('/');
        JsonNode parent = next.at(pointer.substring(0, last));
        String name = pointer.substring(last + 1).replace("~1", "/");
        assertTrue(parent.isObject(), pointer);
        JsonNode was = value.isEmpty()
                ? ((ObjectNode) parent).remove(name)
                : ((ObjectNode) parent).replace(name, new ObjectMapper().readTree(value));
        assertFalse(value.isEmpty() && was == null, pointer);
        return Contract.of(document()).brokenBy(Contract.of(next));
    }

    private static void broken(String pointer, String value, String... words) throws Exception {
        assertEquals(List.of(words), breaks(pointer, value), pointer);
    }

    private static void grown(String pointer, String value) throws Exception {
        assertEquals(List.of(), breaks(pointer, value), pointer);
    }

    @Test
    void callsStay() throws Exception {
        broken("/paths/~1earn", "", "/earn is gone");
        broken(CALL, "", "POST /earn is gone");
        broken(CALL + "/operationId", "\"earn\"", "POST /earn: operationId was \"earnPoints\" and is \"earn\"");
        grown("/paths/~1redeem", "{\"post\": {\"responses\": {}}}");
        grown(CALL + "/deprecated", "true");
    }

    @Test
    void whoeverMayCallStillMay() throws Exception {
        broken(CALL + "/security", "[{\"earn\": []}]", "POST /earn is not allowed with {\"manage\":[]} any more");
        broken("/components/securitySchemes/earn", "", "Security scheme earn is gone");
        grown(CALL + "/security", "[{\"till\": []}, {\"manage\": []}, {\"earn\": []}]");
        grown(CALL + "/security", "[]");
    }

    @Test
    void parametersStayAndNoneIsRequired() throws Exception {
        String limit = "{\"name\": \"limit\", \"in\": \"query\", \"schema\": {\"type\": \"integer\","
                + " \"minimum\": 1, \"maximum\": %d}}";
        String key = "{\"name\": \"Key\", \"in\": \"header\", \"required\": %s, \"schema\": {\"type\": \"string\"}}";
        String other = "{\"name\": \"other\", \"in\": \"query\", \"required\": %s, \"schema\": {\"type\": \"string\"}}";
        String at = CALL + "/parameters";
        String both = "[" + limit.formatted(50) + ", " + key.formatted(true);
        broken(at, "[" + key.formatted(true) + "]", "POST /earn, query limit is gone");
        broken(
                at,
                "[" + limit.formatted(49) + ", " + key.formatted(true) + "]",
                "POST /earn, query limit: maximum was 50 and is 49");
        broken(at, both + ", " + other.formatted(true) + "]", "POST /earn, query other is required now");
        grown(at, both + ", " + other.formatted(false) + "]");
        grown(at, "[" + limit.formatted(51) + ", " + key.formatted(false) + "]");
    }

    @Test
    void requestsThatWereAcceptedStillAre() throws Exception {
        String fields = REQUEST + "/properties/";
        broken(fields + "note", "", "In requests, EarnRequest.note is gone");
        broken(REQUEST + "/required", "[\"amount\", \"kind\"]", "In requests, EarnRequest.kind is required now");
        broken(fields + "amount/minimum", "2", "In requests, EarnRequest.amount: minimum was 1 and is 2");
        broken(fields + "amount/maximum", "99", "In requests, EarnRequest.amount: maximum was 100 and is 99");
        broken(fields + "note/minLength", "1", "In requests, EarnRequest.note: minLength was not given and is 1");
        broken(fields + "note/nullable", "", "In requests, EarnRequest.note may not be null any more");
        broken(
                fields + "note/type",
                "\"integer\"",
                "In requests, EarnRequest.note: type was \"string\" and is \"integer\"");
        broken(fields + "kind/enum", "[\"a\", \"c\"]", "In requests, EarnRequest.kind: value b is gone");
        broken(fields + "note/enum", "[\"x\"]", "In requests, EarnRequest.note: enum was not given and is [\"x\"]");
        broken(
                fields + "items/items/pattern",
                "\"x\"",
                "In requests, EarnRequest.items[]: pattern was \"x+\" and is \"x\"");
        broken(
                REQUEST + "/additionalProperties",
                "false",
                "In requests, EarnRequest: additionalProperties was not given and is false");
        broken(CALL + "/requestBody", "", "POST /earn, the body is gone");
        grown(fields + "more", "{\"type\": \"string\"}");
        grown(REQUEST + "/required", "");
        grown(fields + "amount/minimum", "0");
        grown(fields + "note/maxLength", "");
        grown(fields + "kind/enum", "[\"a\", \"b\", \"c\"]");
        grown(fields + "kind/enum", "");
        grown(fields + "amount/nullable", "true");
    }

    @Test
    void answersHaveWhatTheyHad() throws Exception {
        String fields = ANSWER + "/properties/";
        broken(fields + "points", "", "In answers, Operation.points is gone");
        broken(fields + "description", "", "In answers, Operation.description is gone");
        broken(ANSWER + "/required", "[]", "In answers, Operation.id may be missing now");
        broken(fields + "id/nullable", "true", "In answers, Operation.id may be null now");
        broken(fields + "id/format", "", "In answers, Operation.id: format was \"uuid\" and is not given");
        broken(fields + "points/minimum", "-1", "In answers, Operation.points: minimum was 0 and is -1");
        broken(fields + "points/minimum", "", "In answers, Operation.points: minimum was 0 and is not given");
        broken(fields + "state/enum", "[\"held\", \"taken\"]", "In answers, Operation.state: value captured is gone");
        broken(
                fields + "reverses/allOf",
                "[{\"$ref\": \"#/components/schemas/Other\"}]",
                "In answers, Operation.reverses: $ref was \"#/components/schemas/Operation\""
                        + " and is \"#/components/schemas/Other\"");
        broken(CALL + "/responses/201", "", "POST /earn, 201 is gone");
        broken(CALL + "/responses/201/headers", "", "POST /earn, 201, header ETag is gone");
        broken(
                CALL + "/responses/409/content/application~1problem+json/examples/voided",
                "",
                "POST /earn, 409, application/problem+json: code voided is gone");
        grown(fields + "more", "{\"type\": \"string\"}");
        grown(ANSWER + "/required", "[\"id\", \"points\"]");
        grown(fields + "state/enum", "[\"held\", \"captured\", \"expired\"]");
        grown(fields + "points/minimum", "1");
        grown(fields + "reverses/nullable", "");
        grown(CALL + "/responses/410", "{}");
        grown(
                CALL + "/responses/409/content/application~1problem+json/examples/closed",
                "{\"value\": {\"code\": \"closed\"}}");
    }

    @Test
    void textsAreNoPartOfIt() throws Exception {
        JsonNode next = document();
        ((ObjectNode) next.at(CALL)).put("summary", "Gives points");
        ((ObjectNode) next.at(ANSWER + "/properties/description"))
                .put("description", "Words")
                .put("example", "Tea");
        assertEquals(Contract.of(document()), Contract.of(next));
    }
}
