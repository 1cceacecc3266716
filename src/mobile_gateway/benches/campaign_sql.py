"""What `bench campaign` says to the database: its crowd, its floor, its campaign, and what became of it."""

from __future__ import annotations

from typing import Final

DATA: Final = {
    "title": "证书可以领取了",
    "title_en": "Claim your certificate",
    "body": "请在专题页核对个人信息后领取证书。",
    "body_en": "Check your details on the topic page, then claim it.",
    "deep_link": "smartedu://topic/1",
    "campaign_id": "1",
}

PEOPLE: Final = """
WITH made AS (
  INSERT INTO person (identity, phone, name)
  SELECT 'PARENT', '+86197' || lpad(n::text, 8, '0'), '测评家长' FROM generate_series($1::int, $2::int) AS n
  RETURNING id
)
INSERT INTO device (person_id, provider, platform, token, token_hash, locale, state)
SELECT id, 'FCM', CASE WHEN id % 3 = 0 THEN 'IOS' ELSE 'ANDROID' END, 'bench-' || id, sha256(('bench-' || id)::bytea),
       'zh-CN', 'ACTIVE' FROM made
"""

FLOOR_ITEMS: Final = """
INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
SELECT id, 'CAMPAIGN', 'campaign:0', 'MARKETING', $1::jsonb, now() FROM person WHERE name = '测评家长'
 ORDER BY id LIMIT $2
"""
FLOOR_DELIVERIES: Final = """
INSERT INTO delivery (person_id, inbox_item_id, device_id, provider, platform, message_class, state, due_at)
SELECT i.person_id, i.id, d.id, d.provider, d.platform, 'MARKETING', 'DUE', now()
  FROM inbox_item i JOIN device d ON d.person_id = i.person_id WHERE i.subject = 'campaign:0'
"""

CAMPAIGN: Final = """
WITH admins AS (
  SELECT min(person_id) AS one, max(person_id) AS other FROM staff_grant WHERE role = 'PLATFORM_ADMIN'
)
INSERT INTO campaign (state, title, title_en, body, body_en, deep_link, segment, created_by_id, approved_by_id,
                      approved_at, starts_at, proven_at)
SELECT 'APPROVED', '证书可以领取了', 'Claim your certificate', '请在专题页核对个人信息后领取证书。',
       'Check your details on the topic page, then claim it.', 'smartedu://topic/1',
       '{"identities": ["PARENT"], "last_seen": {"days": 30, "within": false}}', one, other, now(), now(), now()
  FROM admins
RETURNING id
"""
BEGIN: Final = """
UPDATE campaign SET state = 'SENDING', begun_at = clock_timestamp(), sending_since = clock_timestamp() WHERE id = $1
"""
EXPANDED: Final = """
SELECT CASE WHEN expanded_at IS NOT NULL THEN extract(epoch FROM clock_timestamp() - begun_at)::float8 END AS seconds
  FROM campaign WHERE id = $1
"""

COUNTED: Final = """
SELECT (SELECT count(*) FROM inbox_item WHERE kind = 'CAMPAIGN') AS rows,
       (SELECT count(DISTINCT person_id) FROM inbox_item WHERE kind = 'CAMPAIGN') AS people,
       (SELECT count(*) FROM delivery WHERE campaign_id = $1) AS deliveries
"""
SENT: Final = """
SELECT count(*) AS sent FROM delivery WHERE campaign_id = $1 AND state = 'SENT' AND outcome = 'ACCEPTED'
"""
PAUSE: Final = """
UPDATE campaign SET state = 'PAUSED', pause_reason = 'bench' WHERE id = $1 RETURNING clock_timestamp() AS at
"""
LATE: Final = """
SELECT greatest(extract(epoch FROM max(settled_at) - $2::timestamptz), 0)::float8 AS seconds
  FROM delivery WHERE campaign_id = $1
"""
RESUME: Final = """
UPDATE campaign SET state = 'SENDING', pause_reason = NULL, sending_since = clock_timestamp() WHERE id = $1
RETURNING id
"""
