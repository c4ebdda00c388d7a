package dev.stampede.http;

import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The API's resources, read from their annotations: the path templates and the methods of each. */
public final class Resources {
    private static volatile @Nullable Map<String, Set<String>> byTemplate;

    private Resources() {}

    /** Whether the resource with this template has this method. */
    public static boolean has(String template, String method) {
        return all().getOrDefault(template, Set.of()).contains(method);
    }

    /** The methods of the resource at this path, as {@code Allow} lists them; null if there is no such resource. */
    public static @Nullable String allow(String path) {
        String[] segments = path.split("/", -1);
        for (Map.Entry<String, Set<String>> resource : all().entrySet()) {
            if (matches(resource.getKey().split("/", -1), segments)) {
                return String.join(", ", resource.getValue());
            }
        }
        return null;
    }

    private static boolean matches(String[] template, String[] path) {
        if (template.length != path.length) {
            return false;
        }
        for (int i = 0; i < path.length; i++) {
            if (template[i].startsWith("{") ? path[i].isEmpty() : !template[i].equals(path[i])) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, Set<String>> all() {
        Map<String, Set<String>> known = byTemplate;
        if (known == null) {
            known = read();
            byTemplate = known;
        }
        return known;
    }

    private static Map<String, Set<String>> read() {
        Map<String, Set<String>> all = new TreeMap<>();
        for (var bean : CDI.current().getBeanManager().getBeans(Object.class, Any.Literal.INSTANCE)) {
            Path resource = bean.getBeanClass().getAnnotation(Path.class);
            if (resource == null) {
                continue;
            }
            for (Method method : bean.getBeanClass().getMethods()) {
                Path below = method.getAnnotation(Path.class);
                String template = resource.value() + (below == null ? "" : below.value());
                for (Annotation annotation : method.getAnnotations()) {
                    HttpMethod http = annotation.annotationType().getAnnotation(HttpMethod.class);
                    if (http != null) {
                        Set<String> methods = all.computeIfAbsent(template, t -> new TreeSet<>(Set.of("OPTIONS")));
                        methods.add(http.value());
                        if (http.value().equals(HttpMethod.GET)) {
                            methods.add(HttpMethod.HEAD);
                        }
                    }
                }
            }
        }
        return all;
    }
}
