package dev.stampede.console;

import dev.stampede.access.Scope;
import dev.stampede.http.ConsolePath;
import dev.stampede.http.Needs;
import dev.stampede.http.request.ApiCall;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** How far a simulation is, and what it came to. {@link ActionResource} starts it. */
@Path(ConsolePath.ROOT + "/programs/{program}/simulations/{simulation}")
@Produces(MediaType.TEXT_HTML)
public class SimulationPages {
    static final String ALL = Pages.PROGRAM + "/simulations";

    private static final String ONE = ALL + "/{simulation}";

    private final Pages pages;

    SimulationPages(Pages pages) {
        this.pages = pages;
    }

    @GET
    @Needs(Scope.PROGRAM)
    public Uni<Response> show(@PathParam("program") String program, @PathParam("simulation") String simulation) {
        return shown(program, ApiCall.get(ONE, program, simulation));
    }

    @POST
    @Path("/cancel")
    @Needs(Scope.PROGRAM)
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    public Uni<Response> cancel(@PathParam("program") String program, @PathParam("simulation") String simulation) {
        return shown(program, ApiCall.of("DELETE", ONE, program, simulation));
    }

    private Uni<Response> shown(String program, ApiCall call) {
        return pages.page(pages.isForPart() ? "simulation-part" : "simulation", program)
                .with("sim", pages.needed(call))
                .show();
    }
}
