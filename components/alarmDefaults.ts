/** When alarms go off where nothing else is asked for; the stacks' configuration has the same defaults. */
export const ALARM_DEFAULTS = { evidenceMaxAgeHours: 30, durationAlarmPercent: 80, throttledPercent: 10 };

/** The longest that CloudWatch looks back, in hours. */
export const LONGEST_EVALUATION_HOURS = 168;
