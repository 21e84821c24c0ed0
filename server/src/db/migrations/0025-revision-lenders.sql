-- Changes of parties and of decision policies are counted too: each application asks for its lender's.

insert into revision_counted values ('parties', 0), ('policies', 0);
create trigger revision after insert or update or delete or truncate on access_party for each statement execute function revision_changed('parties');
create trigger revision after insert or update or delete or truncate on decision_policy for each statement execute function revision_changed('policies');
