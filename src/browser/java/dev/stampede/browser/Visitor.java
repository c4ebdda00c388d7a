package dev.stampede.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A window of a browser at the console, with all that a browser complains of there. */
final class Visitor {
    /** How many places of a violation are told. */
    private static final int MOST = 5;

    private final URI gateway;
    private final Page page;
    private final List<String> complaints = new ArrayList<>();

    /** In a window of its own; {@code context} has the session, the language, the width and the colours. */
    Visitor(BrowserContext context, URI gateway) {
        this.gateway = gateway;
        this.page = context.newPage();
        // a violation of the page's policy, and an error of a script, is a message of the console, too
        page.onConsoleMessage(this::heard);
        page.onPageError(error -> complaints.add("script: " + error));
        page.onRequest(request -> {
            if (!request.url().startsWith(gateway + "/") && !request.url().startsWith("data:")) {
                complaints.add("a request to " + request.url());
            }
        });
    }

    private void heard(ConsoleMessage message) {
        complaints.add(page.url() + ": " + message.type() + ": " + message.text());
    }

    Page page() {
        return page;
    }

    /** Opens a page of the console, until what it loads is there. A stream goes on. */
    void opens(String below) {
        page.navigate(gateway + "/console" + below);
        page.waitForLoadState();
    }

    /** Where it is now, below the console. */
    String place() {
        String path = URI.create(page.url()).getPath();
        assertTrue(path.startsWith("/console"), path);
        return path.substring("/console".length());
    }

    /** A page whose status is a refusal is a message itself. */
    void mayBeRefused() {
        complaints.removeIf(complaint -> complaint.contains("Failed to load resource: the server responded"));
    }

    void complainsOfNothing() {
        assertEquals("", String.join("\n", complaints));
    }

    /** Whether everybody can use the page as it is now, and nothing of it is outside of the window. */
    void looksAround() {
        for (Rule rule : new AxeBuilder(page).setLegacyMode(true).analyze().getViolations()) {
            complaints.add(page.url() + ": " + rule.getId() + ": " + rule.getHelp() + ": "
                    + rule.getNodes().stream()
                            .limit(MOST)
                            .map(node -> node.getTarget() + " " + node.getFailureSummary())
                            .toList());
        }
        Object outside = page.evaluate("() => document.documentElement.scrollWidth <= innerWidth ? ''"
                + " : [...document.body.querySelectorAll('*')]"
                + "   .filter(each => each.getBoundingClientRect().right > innerWidth + 1)"
                + "   .map(each => each.outerHTML.slice(0, 120)).slice(0, 5).join(' ')");
        if (!outside.equals("")) {
            complaints.add(page.url() + ": outside of the window: " + outside);
        }
    }

    /** The whole page. */
    void picture(Path file) {
        page.screenshot(new Page.ScreenshotOptions().setPath(file).setFullPage(true));
    }
}
