package dev.stampede.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line as a whole. */
@Command(
        name = Stampede.NAME,
        description = "Stampede, a gateway for loyalty points. Without a command the gateway is started.",
        footer = {
            "",
            "Exit codes: 0 yes, 1 no, 2 could not find out (or the command is wrong), 3 the outcome is unknown:"
                    + " repeat it with the key that is told."
        })
public final class Stampede {
    static final String NAME = "stampede";

    private static final String SECRET = "stk_(live|test)_[0-9A-Za-z_]+";

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Shows what a command does")
    boolean help;

    @Spec
    private CommandSpec spec;

    /** Made by {@link #line}: the library fills it. */
    @SuppressWarnings("NullAway.Init")
    Stampede() {}

    /**
     * All commands.
     *
     * @param more groups of commands that need more than a gateway's address
     */
    public static CommandLine line(Terminal terminal, Object... more) {
        CommandLine line = new CommandLine(new Stampede(), new Parts(terminal));
        for (Object command : List.of(
                new StatusCommand(),
                new AccountCommands(),
                new PointsCommands.Earn(),
                new PointsCommands.Redeem(),
                new PointsCommands.Hold(),
                new PointsCommands.Capture(),
                new PointsCommands.VoidCall(),
                new ProgramCommands(),
                new PromotionCommands(),
                new CodeCommands(),
                new TillCommands(),
                new ClockCommands(),
                new EventsCommands(),
                new ListenCommand(),
                new BenchCommand(),
                new ReplayCommand())) {
            line.addSubcommand(command);
        }
        for (Object command : more) {
            line.addSubcommand(command);
        }
        line.setOut(terminal.out());
        line.setErr(terminal.err());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(100);
        line.setUsageHelpAutoWidth(terminal.interactive());
        line.setExitCodeExceptionMapper(error -> Exit.UNCLEAR);
        line.setParameterExceptionHandler(Stampede::wrong);
        line.setExecutionExceptionHandler((error, command, parsed) -> failed(error, command));
        return line;
    }

    @Command(
            name = "completion",
            description = "Prints what makes a shell complete the commands: source <(stampede completion bash)")
    int completion(@Parameters(paramLabel = "SHELL", description = "bash or zsh") Shell shell) {
        PrintWriter out = spec.commandLine().getOut();
        if (shell == Shell.ZSH) {
            out.println("autoload -U +X bashcompinit && bashcompinit");
        }
        out.println(AutoComplete.bash(NAME, spec.commandLine()));
        return Exit.YES;
    }

    private enum Shell {
        BASH,
        ZSH
    }

    /** Makes what the commands consist of. */
    private record Parts(Terminal terminal) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            if (type == Session.class) {
                return type.cast(new Session(terminal));
            }
            return type == OutputOptions.class
                    ? type.cast(new OutputOptions(terminal))
                    : CommandLine.defaultFactory().create(type);
        }
    }

    private static int wrong(CommandLine.ParameterException error, String[] words) {
        PrintWriter err = error.getCommandLine().getErr();
        err.println(masked(String.valueOf(error.getMessage())));
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(error, err)) {
            err.println("See " + error.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        }
        err.flush();
        return Exit.UNCLEAR;
    }

    private static int failed(Exception error, CommandLine command) throws Exception {
        if (!(error instanceof Failure failure)) {
            throw error;
        }
        if (failure.exitCode() == Exit.YES) {
            return Exit.YES; // it was only to be shown
        }
        JsonNode problem = failure.problem();
        boolean json = command.getCommandSpec().mixins().values().stream()
                .anyMatch(mixin -> mixin.userObject() instanceof Session session && session.isJson());
        PrintWriter err = command.getErr();
        if (json && problem != null && problem.isObject()) {
            err.println(problem);
        }
        if (!json || problem == null || !problem.isObject() || failure.exitCode() == Exit.UNKNOWN) {
            err.println(masked(String.valueOf(failure.getMessage())));
        }
        err.flush();
        return failure.exitCode();
    }

    /** A word in the wrong place may be a key. */
    private static String masked(String text) {
        return text.replaceAll(SECRET, "stk_...");
    }
}
