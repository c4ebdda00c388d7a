package dev.stampede.http;

import dev.stampede.access.Principal;
import dev.stampede.access.Scope;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The API's resources, read from their annotations: the path templates, the methods of each, and what these need. */
public final class Resources {
    private static final String OF_ACCOUNT = "/{account}";

    private static volatile @Nullable Resources known;

    private final Map<String, Set<String>> byTemplate = new TreeMap<>();
    /** By HTTP method and template, with a space between them. */
    private final Map<String, Method> methods = new HashMap<>();

    private final Node root = new Node("");
    private final List<String> undeclared = new ArrayList<>();

    /** A segment of templates; which methods end here, and the scopes that allow each. */
    private static final class Node {
        /** Empty if it is no variable. */
        final String variable;

        final Map<String, Node> literals = new HashMap<>();
        final Map<String, Need> needs = new HashMap<>();

        @Nullable
        Node any;

        Node(String variable) {
            this.variable = variable;
        }

        Node next(String segment) {
            if (!segment.startsWith("{")) {
                return literals.computeIfAbsent(segment, s -> new Node(""));
            }
            Node there = any == null ? new Node(segment.substring(1, segment.length() - 1)) : any;
            any = there;
            return there;
        }
    }

    /**
     * Who may call a method.
     *
     * @param scopes those of which one is enough; of a method that says nothing there are none
     * @param openToMembers whether somebody who is bound to one account may call it
     * @param onlyMembers whether nobody else may call it
     * @param orTicket whether a ticket in the query is enough
     * @param nothing whether anybody may call it, without a credential
     */
    public record Need(int scopes, boolean openToMembers, boolean onlyMembers, boolean orTicket, boolean nothing) {
        /** Of a method that says nothing. */
        public static final Need NOBODY = new Need(0, false, false, false, false);

        private static final Need NOTHING = new Need(0, false, false, false, true);

        private static Need of(String template, Method method) {
            Needs needs = method.getAnnotation(Needs.class);
            if (needs == null) {
                return method.isAnnotationPresent(NeedsNothing.class) ? NOTHING : NOBODY;
            }
            int bits = 0;
            for (Scope scope : needs.value()) {
                bits |= scope.bit();
            }
            boolean ofAccount = template.contains(OF_ACCOUNT) && needs.members();
            return new Need(bits, needs.openToMembers() || ofAccount, needs.onlyMembers(), needs.orTicket(), false);
        }

        /** What both need together. */
        public Need and(Need other) {
            return new Need(
                    scopes & other.scopes,
                    openToMembers && other.openToMembers,
                    onlyMembers || other.onlyMembers,
                    orTicket && other.orTicket,
                    nothing && other.nothing);
        }

        public boolean allows(Principal principal) {
            return principal.hasAny(scopes)
                    && (openToMembers || principal.account() == null)
                    && (!onlyMembers || principal.kind() == Principal.Kind.MEMBER);
        }
    }

    /**
     * What a path names.
     *
     * @param program null if it names none
     * @param account null if it names none
     * @param need who may call it; null if there is no such resource or method
     */
    public record Target(
            @Nullable String program,
            @Nullable String account,
            @Nullable Need need) {}

    private Resources() {
        for (var bean : CDI.current().getBeanManager().getBeans(Object.class, Any.Literal.INSTANCE)) {
            Path resource = bean.getBeanClass().getAnnotation(Path.class);
            if (resource == null) {
                continue;
            }
            for (Method method : bean.getBeanClass().getMethods()) {
                String template = template(method);
                for (Annotation annotation : method.getAnnotations()) {
                    HttpMethod http = annotation.annotationType().getAnnotation(HttpMethod.class);
                    if (http != null) {
                        add(template, http.value(), method);
                    }
                }
            }
        }
    }

    private void add(String template, String http, Method method) {
        Set<String> methods = byTemplate.computeIfAbsent(template, t -> new TreeSet<>(Set.of("OPTIONS")));
        Node node = root;
        for (String segment : template.substring(1).split("/", -1)) {
            node = node.next(segment);
        }
        Need needs = Need.of(template, method);
        if (needs.equals(Need.NOBODY)) {
            undeclared.add(method.getDeclaringClass().getSimpleName() + "." + method.getName());
        }
        methods.add(http);
        this.methods.put(http + ' ' + template, method);
        node.needs.put(http, needs);
        if (http.equals(HttpMethod.GET)) {
            methods.add(HttpMethod.HEAD);
            node.needs.put(HttpMethod.HEAD, needs);
        }
    }

    /** Who may call this method of a resource. */
    public static Need need(Method method) {
        return Need.of(template(method), method);
    }

    private static String template(Method method) {
        Path resource = method.getDeclaringClass().getAnnotation(Path.class);
        Path below = method.getAnnotation(Path.class);
        return (resource == null ? "" : resource.value()) + (below == null ? "" : below.value());
    }

    /** What answers such calls; null if nothing does. */
    public static @Nullable Method method(String http, String template) {
        return all().methods.get(http + ' ' + template);
    }

    /** The methods of resources that do not say what they need. */
    public static List<String> undeclared() {
        return all().undeclared;
    }

    /** What a path, which starts with a slash and is in normal form, names. */
    public static Target target(String method, String path) {
        String program = null;
        String account = null;
        Node node = all().root;
        for (int start = 1; node != null && start <= path.length(); ) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            String segment = path.substring(start, end);
            Node literal = node.literals.get(segment);
            node = literal == null ? node.any : literal;
            if (node != null && node.variable.equals("program")) {
                program = segment;
            } else if (node != null && node.variable.equals("account")) {
                account = segment;
            }
            start = end + 1;
        }
        return new Target(program, account, node == null ? null : node.needs.get(method));
    }

    /** Whether the resource with this template has this method. */
    public static boolean has(String template, String method) {
        return all().byTemplate.getOrDefault(template, Set.of()).contains(method);
    }

    /** The methods of the resource at this path, as {@code Allow} lists them; null if there is no such resource. */
    public static @Nullable String allow(String path) {
        String[] segments = path.split("/", -1);
        for (Map.Entry<String, Set<String>> resource : all().byTemplate.entrySet()) {
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

    private static Resources all() {
        Resources all = known;
        if (all == null) {
            all = new Resources();
            known = all;
        }
        return all;
    }
}
