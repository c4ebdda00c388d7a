package dev.stampede.http.view;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveResourceInfo;
import org.jboss.resteasy.reactive.server.spi.ServerMessageBodyWriter;
import org.jboss.resteasy.reactive.server.spi.ServerRequestContext;

/**
 * Writes the answers of resources as JSON, in one buffer. The framework's own writer uses a stream that may block,
 * which costs a tenth of a balance read.
 */
@Provider
@Produces(MediaType.APPLICATION_JSON)
public final class JsonAnswers implements ServerMessageBodyWriter<Record> {
    private final ObjectWriter json;

    public JsonAnswers(ObjectMapper mapper) {
        this.json = mapper.writer();
    }

    @Override
    public boolean isWriteable(
            Class<?> type, Type genericType, ResteasyReactiveResourceInfo target, MediaType mediaType) {
        return type.isRecord();
    }

    @Override
    public boolean isWriteable(Class<?> type, Type genericType, Annotation[] annotations, MediaType mediaType) {
        return type.isRecord();
    }

    @Override
    public void writeResponse(Record answer, Type genericType, ServerRequestContext context) throws IOException {
        context.serverResponse().end(json.writeValueAsBytes(answer));
    }

    @Override
    public void writeTo(
            Record answer,
            Class<?> type,
            Type genericType,
            Annotation[] annotations,
            MediaType mediaType,
            MultivaluedMap<String, Object> headers,
            OutputStream out)
            throws IOException {
        json.writeValue(out, answer);
    }
}
