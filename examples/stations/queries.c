/* The twenty questions. */
#include "weather.h"

#define READINGS "from reading join station on id = station "
#define DEGREES  "' °C'"

const struct query queries[QUERIES] = {
    {"Readings",
     "select count(*) || ' by ' || count(distinct station) || ' stations' from reading"},
    {"Hottest day", "select name || ', ' || day || ', ' || round(high::numeric, 1) || " DEGREES
                    " " READINGS "order by high desc limit 1"},
    {"Coldest night", "select name || ', ' || day || ', ' || round(low::numeric, 1) || " DEGREES
                      " " READINGS "order by low limit 1"},
    {"Wettest day",
     "select name || ', ' || day || ', ' || round(rain::numeric, 1) || ' mm' " READINGS
     "order by rain desc limit 1"},
    {"Wettest month", "select name || ', ' || to_char(day, 'YYYY-MM') || ', ' || "
                      "round(sum(rain)::numeric) || ' mm' " READINGS
                      "group by name, to_char(day, 'YYYY-MM') order by sum(rain) desc limit 1"},
    {"Longest dry spell",
     "select name || ', ' || count(*) || ' days from ' || min(day) from ("
     "select name, day, day - (row_number() over (partition by id order by day))::int as "
     "run " READINGS "where rain = 0) as dry group by name, run order by count(*) desc limit 1"},
    {"Longest frost",
     "select name || ', ' || count(*) || ' days from ' || min(day) from ("
     "select name, day, day - (row_number() over (partition by id order by day))::int as "
     "run " READINGS "where high < 0) as cold group by name, run order by count(*) desc limit 1"},
    {"Widest range in a day",
     "select name || ', ' || day || ', ' || "
     "round((high - low)::numeric, 1) || ' K' " READINGS "order by high - low desc, day limit 1"},
    {"Greatest jump from day to day",
     "select name || ', ' || day || ', ' || round(jump::numeric, 1) || ' K' from (select name, "
     "day, "
     "high - lag(high) over (partition by id order by day) as jump " READINGS
     ") as jumps order by abs(jump) desc nulls last limit 1"},
    {"Hottest week",
     "select name || ', until ' || day || ', ' || round(mean::numeric, 1) || " DEGREES
     " from (select name, day, avg(high) over (partition by id order by day "
     "rows 6 preceding) as mean " READINGS ") as weeks order by mean desc limit 1"},
    {"Warmest year", "select extract(year from day)::int || ', ' || "
                     "round(avg((low + high) / 2)::numeric, 2) || " DEGREES
                     " from reading group by extract(year from day) "
                     "order by avg(low + high) desc limit 1"},
    {"Wettest weekday", "select to_char(day, 'FMDay') || ', ' || round(avg(rain)::numeric, 2) || "
                        "' mm' from reading group by to_char(day, 'FMDay') "
                        "order by avg(rain) desc limit 1"},
    {"Nights above 20 °C", "select string_agg(name || ' ' || nights, ', ') from (select name, "
                           "count(*) as nights " READINGS
                           "where low > 20 group by name order by 2 desc limit 3) as warm"},
    {"Days of frost a year", "select string_agg(name || ' ' || days, ', ') from (select name, "
                             "count(*) / 5 as days " READINGS
                             "where low < 0 group by name order by 2 desc limit 3) as frost"},
    {"Median high",
     "select round(percentile_cont(0.5) within group (order by high)::numeric, 1) || " DEGREES
     " from reading"},
    {"Nine days of ten below", "select round(percentile_cont(0.9) within group "
                               "(order by high)::numeric, 1) || " DEGREES " from reading"},
    {"Height and warmth",
     "select 'correlation ' || round(corr(height, high)::numeric, 2) " READINGS},
    {"Latitude and warmth",
     "select round(regr_slope(high, latitude)::numeric, 2) || ' K a degree to the north' " READINGS
     "where height < 500"},
    {"Most alike",
     "select a.name || ' and ' || b.name || ', ' || round(corr(x.high, y.high)::numeric, "
     "4) from reading x join reading y on x.day = y.day and x.station < y.station "
     "join station a on a.id = x.station join station b on b.id = y.station "
     "where x.day >= '2024-01-01' group by a.name, b.name "
     "order by corr(x.high, y.high) desc limit 1"},
    {"All of it, as a sum",
     "select md5(string_agg(station || day::text || round(high::numeric, 6), ',' "
     "order by station, day)) from reading"},
};
