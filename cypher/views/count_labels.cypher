// How many nodes of each label?
// mode: read
// params: -
// returns: label, count
MATCH (n:Customer)
RETURN 'Customer' AS label, count(n) AS count
UNION ALL
MATCH (n:Contact)
RETURN 'Contact' AS label, count(n) AS count
UNION ALL
MATCH (n:Staff)
RETURN 'Staff' AS label, count(n) AS count
UNION ALL
MATCH (n:Category)
RETURN 'Category' AS label, count(n) AS count
UNION ALL
MATCH (n:Need)
RETURN 'Need' AS label, count(n) AS count
UNION ALL
MATCH (n:Capability)
RETURN 'Capability' AS label, count(n) AS count
UNION ALL
MATCH (n:LegalGroup)
RETURN 'LegalGroup' AS label, count(n) AS count
UNION ALL
MATCH (n:Consent)
RETURN 'Consent' AS label, count(n) AS count
UNION ALL
MATCH (n:Signal)
RETURN 'Signal' AS label, count(n) AS count
UNION ALL
MATCH (n:Introduction)
RETURN 'Introduction' AS label, count(n) AS count
UNION ALL
MATCH (n:Referral)
RETURN 'Referral' AS label, count(n) AS count
UNION ALL
MATCH (n:Outcome)
RETURN 'Outcome' AS label, count(n) AS count
UNION ALL
MATCH (n:CashFlow)
RETURN 'CashFlow' AS label, count(n) AS count
UNION ALL
MATCH (n:CommunityRun)
RETURN 'CommunityRun' AS label, count(n) AS count
UNION ALL
MATCH (n:Community)
RETURN 'Community' AS label, count(n) AS count
UNION ALL
MATCH (n:ValueRun)
RETURN 'ValueRun' AS label, count(n) AS count
UNION ALL
MATCH (n:ReferralValue)
RETURN 'ReferralValue' AS label, count(n) AS count
UNION ALL
MATCH (n:Pointer)
RETURN 'Pointer' AS label, count(n) AS count
UNION ALL
MATCH (n:JobRun)
RETURN 'JobRun' AS label, count(n) AS count
UNION ALL
MATCH (n:ImportRun)
RETURN 'ImportRun' AS label, count(n) AS count
UNION ALL
MATCH (n:ImportChange)
RETURN 'ImportChange' AS label, count(n) AS count
UNION ALL
MATCH (n:ApiKey)
RETURN 'ApiKey' AS label, count(n) AS count
UNION ALL
MATCH (n:IdempotencyRecord)
RETURN 'IdempotencyRecord' AS label, count(n) AS count
UNION ALL
MATCH (n:Watermark)
RETURN 'Watermark' AS label, count(n) AS count
UNION ALL
MATCH (n:SchemaVersion)
RETURN 'SchemaVersion' AS label, count(n) AS count
UNION ALL
MATCH (n:AssignmentRun)
RETURN 'AssignmentRun' AS label, count(n) AS count
UNION ALL
MATCH (n:AssignedPair)
RETURN 'AssignedPair' AS label, count(n) AS count
