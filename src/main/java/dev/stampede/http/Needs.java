package dev.stampede.http;

import dev.stampede.access.Scope;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The scopes that allow a call: one of them is enough. A method without it is never called. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Needs {
    Scope[] value();

    /**
     * Whether somebody who is bound to one account may make the call although its path names none. Then the method
     * checks each account that the call names otherwise.
     */
    boolean openToMembers() default false;

    /** Whether a member may make the call on his own account, if he has the scope. */
    boolean members() default true;

    /** Whether no key allows the call: only the member whose account it is may make it. */
    boolean onlyMembers() default false;

    /** Whether a ticket in the query stands in for the header: {@link dev.stampede.access.StreamTickets}. */
    boolean orTicket() default false;
}
