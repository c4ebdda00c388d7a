package dev.stampede.http.request;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.stampede.http.problem.ProblemException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Reads bodies into a record. The {@link Schema} of a component describes it in the API's document, and says here what
 * is accepted: {@code minimum}, {@code maximum}, {@code maxLength}, {@code maxItems}, {@code maxProperties}, {@code
 * pattern}, {@code required} and {@code defaultValue}. A component that is a record and {@link JsonUnwrapped} stands
 * for its own components. A record checks in its constructor what concerns several components.
 *
 * <p>Made once per record, at the start. Of several faults of one body, the one is refused that comes first in the
 * order of {@link dev.stampede.http.problem.ProblemCode}.
 */
public final class BodyReader<T extends Record> {
    private final Constructor<T> constructor;
    private final List<Function<Fields, @Nullable Object>> components = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private @Nullable String kept;

    private BodyReader(Class<T> type) {
        RecordComponent[] described = type.getRecordComponents();
        try {
            constructor = type.getDeclaredConstructor(
                    Arrays.stream(described).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("every record has that constructor", e);
        }
        for (RecordComponent component : described) {
            if (component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)) {
                BodyReader<?> part = new BodyReader<>(component.getType().asSubclass(Record.class));
                names.addAll(part.names);
                components.add(part::value);
            } else {
                names.add(component.getName());
                if (component.getAccessor().isAnnotationPresent(AsText.class)) {
                    kept = component.getName();
                }
                components.add(component(component));
            }
        }
    }

    /** @throws IllegalArgumentException if it has a component that this class cannot read, or one without a bound */
    public static <T extends Record> BodyReader<T> of(Class<T> type) {
        return new BodyReader<>(type);
    }

    /**
     * Reads a body that must be there.
     *
     * @throws ProblemException if it is not as described
     */
    public Body<T> required(byte @Nullable [] body) {
        return read(kept == null ? Fields.of(body) : Fields.of(body, kept));
    }

    /**
     * Reads a body that may be left out, which means {@code {}}.
     *
     * @throws ProblemException if it is not as described
     */
    public Body<T> optional(byte @Nullable [] body) {
        return read(Fields.orNone(body));
    }

    private Body<T> read(Fields fields) {
        T value = value(fields.only(names));
        return new Body<>(value, fields.canonical());
    }

    private T value(Fields fields) {
        Object[] values = new Object[components.size()];
        ProblemException first = null;
        for (int i = 0; i < values.length; i++) {
            try {
                values[i] = components.get(i).apply(fields);
            } catch (ProblemException e) {
                first = first == null || e.code().compareTo(first.code()) < 0 ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof ProblemException refusal) {
                throw refusal;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InstantiationException | IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Function<Fields, @Nullable Object> component(RecordComponent component) {
        String name = component.getName();
        Schema schema = component.getAccessor().getAnnotation(Schema.class);
        if (schema == null) {
            throw new IllegalArgumentException(component + " is not described");
        }
        Function<Fields, @Nullable Object> read = reading(component, name, schema);
        return !schema.required()
                ? read
                : fields -> {
                    if (!fields.has(name)) {
                        throw ProblemException.malformed(name + " is missing.");
                    }
                    return read.apply(fields);
                };
    }

    private static Function<Fields, @Nullable Object> reading(RecordComponent component, String name, Schema schema) {
        Class<?> type = component.getType();
        if (type == Long.class) {
            long least = Long.parseLong(schema.minimum());
            long most = Long.parseLong(schema.maximum());
            Long otherwise = schema.defaultValue().isEmpty() ? null : Long.valueOf(schema.defaultValue());
            return fields -> fields.whole(name, least, most, otherwise);
        } else if (component.getAccessor().isAnnotationPresent(AsText.class)) {
            return fields -> fields.kept(name);
        } else if (type == String.class && schema.type() == SchemaType.OBJECT) {
            int most = bound(component, schema.maxProperties());
            boolean nulls = component.getAccessor().isAnnotationPresent(KeepsNulls.class);
            return fields -> fields.flat(name, most, nulls);
        } else if (type == String.class) {
            int most = bound(component, schema.maxLength());
            boolean lines = component.getAccessor().isAnnotationPresent(Multiline.class);
            Pattern pattern = schema.pattern().isEmpty() ? null : Pattern.compile(schema.pattern());
            boolean passing = component.getAccessor().isAnnotationPresent(NotOfTheCall.class);
            return fields -> {
                String text = fields.text(name, most, lines, pattern);
                if (passing) {
                    fields.leaveOut(name);
                }
                return text;
            };
        } else if (type == BigDecimal.class && schema.implementation() == String.class) {
            Pattern pattern = Pattern.compile(schema.pattern());
            return fields -> fields.decimal(name, pattern);
        } else if (type == Boolean.class) {
            return fields -> fields.flag(name);
        } else if (type == Currency.class) {
            return fields -> fields.currency(name);
        } else if (type == Instant.class) {
            return fields -> fields.time(name);
        } else if (type == List.class) {
            int most = bound(component, schema.maxItems());
            Class<?> of = (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
            if (of == String.class) {
                return fields -> fields.codes(name, most);
            }
            BodyReader<?> element = new BodyReader<>(of.asSubclass(Record.class));
            return fields -> list(fields.list(name, most), element);
        } else if (type.isRecord()) {
            BodyReader<?> reader = new BodyReader<>(type.asSubclass(Record.class));
            return fields -> object(fields.object(name), reader);
        } else if (type == Map.class) {
            int most = bound(component, schema.maxProperties());
            return fields -> fields.codesByName(name, most);
        }
        throw new IllegalArgumentException(component + " is of a type that cannot be read");
    }

    /** @return null if there is none */
    private static @Nullable Object object(@Nullable Fields object, BodyReader<?> reader) {
        return object == null ? null : reader.value(object.only(reader.names));
    }

    /** @return null if there is none */
    private static @Nullable List<?> list(@Nullable List<Fields> elements, BodyReader<?> reader) {
        if (elements == null) {
            return null;
        }
        List<Object> list = new ArrayList<>(elements.size());
        for (Fields element : elements) {
            list.add(reader.value(element.only(reader.names)));
        }
        return list;
    }

    private static int bound(RecordComponent component, int most) {
        if (most <= 0 || most == Integer.MAX_VALUE) {
            throw new IllegalArgumentException(component + " has no bound");
        }
        return most;
    }
}
