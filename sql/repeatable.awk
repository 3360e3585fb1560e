# What an upgrade does again as a whole: functions, procedures, views, comments and privileges.
# Tables, types, triggers and what goes away are written by hand, in upgrade/.
!inside && /^(CREATE (FUNCTION|PROCEDURE|VIEW)|COMMENT ON|GRANT|REVOKE) / {
    inside = 1
    quotes = 0
    sub(/^CREATE /, "CREATE OR REPLACE ")
}
inside {
    print
    quotes += gsub(/\$\$/, "&")
    # the last line of a statement, not of a body
    if (quotes % 2 == 0 && /;[ \t]*(--.*)?$/) {
        inside = 0
        print ""
    }
}
